"""The Celery application; `celery -A workers ...` finds it here."""

from celery import Celery

app = Celery("bursar")
app.config_from_object("celeryconfig")
