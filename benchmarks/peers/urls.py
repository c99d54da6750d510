"""dj-stripe's webhook view at the path everybody here serves."""

from django.urls import path  # type: ignore[import-not-found, unused-ignore]
from djstripe.views import ProcessWebhookView  # type: ignore[import-not-found, unused-ignore]

from benchmarks.peers.prepare import ENDPOINT

urlpatterns = [path("webhooks/stripe", ProcessWebhookView.as_view(), {"uuid": ENDPOINT})]
