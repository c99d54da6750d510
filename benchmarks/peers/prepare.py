"""Migrate dj-stripe's tables and register the endpoint whose secret the events are signed with."""

import os
from uuid import UUID

import django  # type: ignore[import-not-found, unused-ignore]

ENDPOINT = UUID("00000000-0000-7000-8000-000000000001")


def main() -> None:
    """As `manage.py migrate` and dj-stripe's admin would."""
    django.setup()
    from django.core.management import call_command  # type: ignore[import-not-found, unused-ignore]
    from djstripe.models import WebhookEndpoint  # type: ignore[import-not-found, unused-ignore]

    call_command("migrate", verbosity=0)
    WebhookEndpoint.objects.create(
        id="we_benchmark",
        djstripe_uuid=ENDPOINT,
        secret=os.environ["PEER_SECRET"],
        url="http://127.0.0.1/webhooks/stripe",
        livemode=False,
        enabled_events=["*"],
        status="enabled",
    )
    print("prepared")


if __name__ == "__main__":
    main()
