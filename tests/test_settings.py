"""What the environment may say, and that every wrong word is reported by its name at once."""

from datetime import date

import pytest

from bursar import settings
from bursar.errors import Misconfigured

NEW, OLD = "whsec_the_new_one_0123", "whsec_the_old_one_0123"


@pytest.fixture
def load(monkeypatch):
    def loaded(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.load.cache_clear()
        return settings.load()

    return loaded


def test_secrets_stand_newest_first_and_older_ones_may_end(load):
    found = load(STRIPE_WEBHOOK_SECRET=f"{NEW}, {OLD}@2026-12-01,{OLD}_2")

    assert found.dated_webhook_secrets("stripe") == (
        (NEW.encode(), None),
        (OLD.encode(), date(2026, 12, 1)),
        (f"{OLD}_2".encode(), None),
    )
    assert found.webhook_secrets("stripe") == (NEW.encode(), OLD.encode(), f"{OLD}_2".encode())
    assert found.webhook_secrets("razorpay") == ()


def test_an_at_sign_that_no_date_follows_belongs_to_the_secret(load):
    found = load(RAZORPAY_WEBHOOK_SECRET="school@example.org_secret,older@2026-12-1_secret")

    assert found.webhook_secrets("razorpay") == (b"school@example.org_secret", b"older@2026-12-1_secret")


WRONG_SECRETS = {
    "empty": ("", "at least 16 bytes"),
    "short": ("fifteen_bytes_x", "at least 16 bytes"),
    "an empty one behind": (f"{NEW},", "at least 16 bytes"),
    "a short one behind, made long by its date": (f"{NEW},short@2026-12-01", "at least 16 bytes"),
    "the one in use ends": (f"{NEW}@2026-12-01", "the one in use"),
    "a day that is none": (f"{NEW},{OLD}@2026-02-30", "2026-02-30 is no day"),
}


@pytest.mark.parametrize("case", WRONG_SECRETS)
def test_a_wrong_secret_is_refused_by_name_and_never_repeated(case, load):
    value, why = WRONG_SECRETS[case]

    with pytest.raises(Misconfigured) as refused:
        load(RAZORPAY_WEBHOOK_SECRET=value)

    assert "RAZORPAY_WEBHOOK_SECRET" in str(refused.value)
    assert why in str(refused.value)
    assert "whsec" not in str(refused.value)


def test_networks_are_read_and_nothing_is_trusted_by_default(load):
    assert (load().proxy_networks(), load().allowed_networks()) == ((), {})

    found = load(BURSAR_TRUSTED_PROXIES="10.0.0.0/8", BURSAR_WEBHOOK_ALLOW="stripe=192.0.2.7")

    assert [str(each) for each in found.proxy_networks()] == ["10.0.0.0/8"]
    assert [str(each) for each in found.allowed_networks()["stripe"]] == ["192.0.2.7/32"]


def test_all_wrong_variables_are_reported_at_once_with_their_cures(load):
    with pytest.raises(Misconfigured) as refused:
        load(
            BURSAR_TRUSTED_PROXIES="*",
            BURSAR_WEBHOOK_ALLOW="192.0.2.7",
            BURSAR_FAILED_SIGNATURES_PER_MIN="0",
            BURSAR_SILENCE_ALARM_H="0",
            STRIPE_WEBHOOK_SECRET="short",
        )

    said = str(refused.value)
    for variable in ("TRUSTED_PROXIES", "WEBHOOK_ALLOW", "FAILED_SIGNATURES_PER_MIN", "SILENCE_ALARM_H"):
        assert f"BURSAR_{variable}: " in said
    assert "STRIPE_WEBHOOK_SECRET: " in said
    assert "write an address (192.0.2.7) or a network (192.0.2.0/24)" in said


def test_the_webhook_id_of_paypal_stands_where_others_have_a_secret(load, tmp_path):
    (tmp_path / "id").write_text("4JH86294D6297924G,9XL90610J3647323C@2026-12-01\n", encoding="utf-8")

    found = load(PAYPAL_WEBHOOK_ID_FILE=str(tmp_path / "id"))

    assert found.dated_webhook_secrets("paypal") == (
        (b"4JH86294D6297924G", None),
        (b"9XL90610J3647323C", date(2026, 12, 1)),
    )


def test_the_id_that_paypals_simulator_signs_for_is_not_taken(load):
    with pytest.raises(Misconfigured, match="PAYPAL_WEBHOOK_ID"):
        load(PAYPAL_WEBHOOK_ID="WEBHOOK_ID")
