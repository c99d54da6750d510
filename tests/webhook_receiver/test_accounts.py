"""Until when each secret is accepted."""

from datetime import UTC, datetime

from tests.webhook_receiver.conftest import make_settings
from webhook_receiver.accounts import configured_accounts

NEW, OLD = "whsec_the_new_one_0123", "whsec_the_old_one_0123"
URL = "postgresql://x/y"


def secrets_at(account, text):
    return [each.value.decode() for each in account.secrets_at(at(text))]


def stripe_account(secrets):
    return configured_accounts(make_settings(URL, stripe_webhook_secret=secrets))["stripe"]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_secret_is_accepted_to_the_end_of_its_last_day():
    account = stripe_account(f"{NEW},{OLD}@2026-12-01")

    assert secrets_at(account, "2026-12-01T23:59:59") == [NEW, OLD]
    assert secrets_at(account, "2026-12-02T00:00:00") == [NEW]


def test_a_secret_without_an_end_is_accepted_for_ever():
    assert secrets_at(stripe_account(f"{NEW},{OLD}"), "2099-01-01T00:00:00") == [NEW, OLD]
