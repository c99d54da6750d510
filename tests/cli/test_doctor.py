"""`bursar doctor` names what is wrong, the variable and the cure, and looks at the rest all the same."""

import pytest

from bursar.cli import running
from bursar.cli.exits import ExitCode
from bursar.errors import Misconfigured
from tasks import gateways
from tests.support.factories import execute
from tests.support.toy.api import ToyApi, away
from tests.support.toy.install import install

pytestmark = pytest.mark.postgres


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi()
    install(monkeypatch, api)
    return api


@pytest.fixture(autouse=True)
def installation(database_url, broker_url, variables, tmp_path, toy):
    """Everything as it should be in test mode."""
    variables(BURSAR_RETURN_URL="https://school.example/paid", BURSAR_VAR=str(tmp_path), BURSAR_MODE="test")


def examined(bursar, *words):
    """State and words of each check."""
    answer = bursar("doctor", *words, "--json")
    return {each["what"]: (each["state"], f"{each['found']} {each['cure']}") for each in answer.json}


def test_a_whole_installation_is_well(bursar):
    answer = bursar("doctor")

    assert answer.code == ExitCode.OK
    assert "nothing wrong" in answer.out
    assert {state for state, _ in examined(bursar).values()} <= {"ok", "note"}


def test_a_schema_that_is_too_old_says_how_to_upgrade(bursar):
    execute("UPDATE alembic_version SET version_num = '0001'")
    try:
        answer = bursar("doctor")
    finally:
        from alembic.script import ScriptDirectory

        from models import schema

        newest = ScriptDirectory.from_config(schema.config("postgresql://x")).get_current_head()
        execute("UPDATE alembic_version SET version_num = %s", newest)

    assert answer.code == ExitCode.MISCONFIGURED
    assert "bursar db upgrade" in answer.out


@pytest.mark.parametrize(
    ("changed", "what", "said"),
    [
        ({"BURSAR_DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "database", "BURSAR_DATABASE_URL"),
        ({"BURSAR_BROKER_URL": "redis://127.0.0.1:1/0"}, "broker", "BURSAR_BROKER_URL"),
        ({"BURSAR_GATEWAY_ORDER": "stripe,square"}, "gateway order", "BURSAR_GATEWAY_ORDER"),
        ({"BURSAR_SMTP_URL": "smtp://127.0.0.1:1"}, "mail", "mail"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_wrong_is_named_and_the_rest_is_looked_at(bursar, variables, changed, what, said):
    variables(**changed)

    answer = bursar("doctor", "--json")
    found = examined(bursar)

    assert answer.code == ExitCode.MISCONFIGURED
    assert found[what][0] == "wrong"
    assert said in found[what][1] or what == said
    assert "toy calls" in found


def test_keys_that_a_gateway_refuses_are_wrong(bursar, toy):
    toy.before = [Misconfigured("TOY_KEY is refused: copy it anew"), None]

    state, said = examined(bursar)["toy calls"]

    assert (state, "TOY_KEY" in said) == ("wrong", True)


def test_a_gateway_that_does_not_answer_says_nothing_about_its_keys(bursar, toy):
    toy.before = [away()]

    assert examined(bursar)["toy calls"][0] == "note"


def test_a_job_that_has_stopped_is_named_with_the_cure(bursar):
    assert examined(bursar)["periodic jobs"][1].startswith("beat has never run here")

    execute("INSERT INTO beat_ticks SELECT 'payments.settle', 'w', now() - interval '1 day'")

    state, said = examined(bursar)["periodic jobs"]
    assert (state, "payments.settle" in said, "bursar jobs list" in said) == ("note", True, True)


def test_offline_nobody_is_called(bursar, toy):
    toy.before = [away()]

    assert examined(bursar, "--offline")["toy calls"][0] == "skipped"
    assert len(toy.before) == 1


def test_a_webhook_secret_that_a_running_house_made_is_not_missed(bursar, tmp_path):
    assert examined(bursar)["toy webhooks"][0] == "note"
    made = running.Running(pid=1, receiver_url="", flower_url="", made_secrets=["TOY_WEBHOOK_SECRET"])

    with running.only_one(tmp_path):
        running.announce(tmp_path, made)
        state, said = examined(bursar)["toy webhooks"]

    assert (state, "TOY_WEBHOOK_SECRET" in said) == ("ok", True)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("STRIPE_SECRET_KEY", "sk_live_0123456789"),
        ("STRIPE_SECRET_KEY", "rk_live_0123456789"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_0123456789"),
        ("RAZORPAY_KEY_ID", "rzp_live_0123456789"),
    ],
)
def test_a_live_key_in_test_mode_is_refused_at_once_and_never_repeated(bursar, variables, name, key):
    variables(**{name: key})

    answer = bursar("doctor")

    assert answer.code == ExitCode.MISCONFIGURED
    assert name in answer.err
    assert "BURSAR_MODE" in answer.err
    assert key not in answer.err + answer.out


def test_a_test_key_in_live_mode_is_refused(bursar, variables):
    variables(BURSAR_MODE="live", STRIPE_SECRET_KEY="sk_test_0123456789")

    assert "STRIPE_SECRET_KEY is a test key" in bursar("doctor").err
