"""The tutorial's three environment variables."""

import os

DATABASE_URL = os.environ["TUTORIAL_DATABASE_URL"]
BROKER_URL = os.environ["TUTORIAL_BROKER_URL"]
WEBHOOK_SECRET = os.environ["TUTORIAL_WEBHOOK_SECRET"]
