"""`bursar up` refuses what could only die later, before it starts anything."""

import socket

import pytest

from bursar import settings
from bursar.cli import fakes, house
from bursar.cli.exits import ExitCode
from bursar.errors import Misconfigured
from bursar.sandbox.fake.process import FakeProcess
from tests.support.databases import url_of
from tests.support.processes import ROOT

SECRET = "whsec_of_the_cli_tests"


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path, variables) -> None:
    """A state folder and ports of this test alone, in the folder of the Procfile."""
    monkeypatch.chdir(ROOT)
    variables(BURSAR_VAR=str(tmp_path), BURSAR_PORT="0", BURSAR_FLOWER_PORT="0", BURSAR_DATABASE_URL=None)


@pytest.mark.parametrize(
    ("given", "missing"),
    [("BURSAR_DATABASE_URL", "BURSAR_BROKER_URL"), ("BURSAR_BROKER_URL", "BURSAR_DATABASE_URL")],
)
def test_one_server_without_the_other_is_misconfigured(bursar, variables, given, missing):
    variables(BURSAR_DATABASE_URL=None, BURSAR_BROKER_URL=None)
    variables(**{given: "postgresql://x" if "DATABASE" in given else "redis://x"})

    answer = bursar("up")

    assert answer.code == ExitCode.MISCONFIGURED
    assert f"{given} is set, {missing} is not" in answer.err


def test_live_books_are_never_kept_on_private_servers(bursar, variables):
    variables(BURSAR_BROKER_URL=None, BURSAR_MODE="live")

    answer = bursar("up")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "BURSAR_MODE=live" in answer.err


def test_play_money_never_meets_real_money(bursar, variables):
    variables(BURSAR_DATABASE_URL="postgresql://x", BURSAR_BROKER_URL="redis://x", BURSAR_MODE="live")

    answer = bursar("up", "--fake-gateway")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "--fake-gateway is play money, and BURSAR_MODE is live" in answer.err


def test_a_procfile_with_a_line_of_the_fakes_name_is_misconfigured(bursar, variables, tmp_path):
    variables(BURSAR_BROKER_URL=None)
    procfile = tmp_path / "Procfile"
    procfile.write_text("fake-gateways: true\n")

    answer = bursar("up", "--fake-gateway", "--procfile", procfile)

    assert answer.code == ExitCode.MISCONFIGURED
    assert "fake-gateways" in answer.err


def test_fakes_sign_with_secrets_that_are_set_and_with_made_ones_where_none_is(variables, tmp_path):
    variables(STRIPE_WEBHOOK_SECRET=SECRET)

    made = house._webhook_secrets(settings.load(), tmp_path, all_of_them=True)

    assert made.keys() == {"RAZORPAY_WEBHOOK_SECRET", "PAYPAL_WEBHOOK_ID"}
    assert house._webhook_secrets(settings.load(), tmp_path, all_of_them=False) == {}


@pytest.mark.parametrize("shop", [None, "https://school.example/paid"])
def test_a_payer_goes_back_to_the_shop_where_there_is_one(variables, shop):
    variables(BURSAR_RETURN_URL=shop)
    played = FakeProcess(port=81, receiver_url="http://127.0.0.1:82")

    seen = fakes.instead_of_gateways(played, settings.load())

    assert seen["BURSAR_STRIPE_URL"] == "http://127.0.0.1:81/stripe"
    assert seen.get("BURSAR_RETURN_URL") == (None if shop else "http://127.0.0.1:81/back")


@pytest.mark.parametrize("variable", ["BURSAR_PORT", "BURSAR_FLOWER_PORT"])
def test_a_port_that_is_taken_names_its_variable(bursar, variables, variable):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        variables(BURSAR_BROKER_URL=None)
        variables(**{variable: str(taken.getsockname()[1])})

        answer = bursar("up")

    assert answer.code == ExitCode.MISCONFIGURED
    assert variable in answer.err


def test_configured_servers_need_a_webhook_secret(bursar, variables):
    variables(BURSAR_DATABASE_URL="postgresql://127.0.0.1:1/x")

    answer = bursar("up")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "STRIPE_WEBHOOK_SECRET" in answer.err


def test_a_configured_database_that_is_away_is_transient(bursar, variables):
    variables(BURSAR_DATABASE_URL="postgresql://127.0.0.1:1/x", STRIPE_WEBHOOK_SECRET=SECRET)

    assert bursar("up").code == ExitCode.TRANSIENT


@pytest.mark.postgres
def test_a_configured_database_without_the_newest_schema_is_not_changed(bursar, database_url, variables):
    variables(BURSAR_DATABASE_URL=url_of(database_url, "template1"), STRIPE_WEBHOOK_SECRET=SECRET)

    answer = bursar("up")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "bursar db upgrade" in answer.err


@pytest.mark.parametrize("text", [None, "# nothing\n"])
def test_a_procfile_that_names_nothing_is_misconfigured(bursar, tmp_path, text):
    procfile = tmp_path / "Procfile"
    if text is not None:
        procfile.write_text(text)

    answer = bursar("up", "--procfile", procfile)

    assert answer.code == ExitCode.MISCONFIGURED
    assert str(procfile) in "".join(answer.err.splitlines())


def test_the_procfile_of_the_folder_wins_over_the_one_bursar_came_with(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert house._procfile() == ROOT / "Procfile"

    (tmp_path / "Procfile").touch()

    assert house._procfile().resolve() == tmp_path / "Procfile"


def test_the_children_get_what_was_decided_and_the_operators_own_env_file(monkeypatch, tmp_path):
    monkeypatch.setenv("BURSAR_ENV_FILE", "mine.env")
    monkeypatch.setenv("LANG", "C")
    servers = house.Servers(database_url="postgresql://d", broker_url="redis://b", private=True)
    addresses = house.Addresses(host="0.0.0.0", port=81, flower_port=82, flower_auth="bursar:password")

    seen = house._environment(servers, addresses, {"STRIPE_WEBHOOK_SECRET": SECRET}, tmp_path)

    assert seen["BURSAR_DATABASE_URL"] == "postgresql://d"
    assert seen["BURSAR_PORT"] == "81"
    assert seen["STRIPE_WEBHOOK_SECRET"] == SECRET
    assert seen["BURSAR_ENV_FILE"] == str(ROOT / "mine.env")
    assert seen["LANG"] == "C"
    assert addresses.receiver_url == "http://127.0.0.1:81"
    assert "password" not in repr(addresses)


def test_an_address_of_the_sixth_version_is_written_as_one():
    addresses = house.Addresses(host="::", port=81, flower_port=82, flower_auth="")

    assert addresses.receiver_url == "http://[::1]:81"


def test_port_zero_becomes_a_free_one():
    assert house._free("127.0.0.1", 0, "BURSAR_PORT") > 0


def test_an_address_that_is_not_ours_is_refused():
    with pytest.raises(Misconfigured, match="BURSAR_PORT"):
        house._free("192.0.2.1", 8000, "BURSAR_PORT")
