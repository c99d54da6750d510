"""A command finds its servers: the configured ones first, then those of a house that runs here."""

import os

import pytest

from bursar.cli import environment, running
from bursar.settings import load

PRIVATE = running.Running(
    pid=1,
    receiver_url="http://127.0.0.1:1",
    flower_url="http://127.0.0.1:2",
    database_url="postgresql://private",
    broker_url="redis://private",
)


@pytest.fixture
def house(tmp_path, variables):
    """A house on private servers, and a terminal that configures none."""
    variables(BURSAR_VAR=str(tmp_path), BURSAR_DATABASE_URL=None, BURSAR_BROKER_URL=None)
    variables(BURSAR_LINK_SECRET=None, BURSAR_PUBLIC_URL=None)
    with running.only_one(tmp_path):
        running.announce(tmp_path, PRIVATE)
        yield


def test_a_terminal_without_settings_joins_the_house_that_runs_here(house):
    joined = environment.settings()

    assert (joined.database_url, joined.broker_url) == ("postgresql://private", "redis://private")
    assert load() == joined


@pytest.mark.parametrize("name", ["BURSAR_DATABASE_URL", "BURSAR_BROKER_URL"])
def test_a_configured_server_is_never_mixed_with_a_private_one(house, variables, name):
    variables(**{name: "redis://mine" if "BROKER" in name else "postgresql://mine"})

    assert "private" not in f"{environment.settings().database_url}{environment.settings().broker_url}"


def test_links_of_a_terminal_are_those_of_the_house_unless_others_are_configured(house, variables, tmp_path):
    joined = environment.settings()
    [made] = joined.link_secrets()
    assert made.value.decode() == running.read_secrets(tmp_path)[running.LINKS]
    assert joined.public_url == PRIVATE.receiver_url

    variables(BURSAR_LINK_SECRET="a secret of my own", BURSAR_PUBLIC_URL="https://mine.example")
    mine = environment.settings()
    assert [each.value for each in mine.link_secrets()] == [b"a secret of my own"]
    assert mine.public_url == "https://mine.example"


def test_a_house_on_configured_servers_gives_no_urls_away(tmp_path, variables):
    variables(BURSAR_VAR=str(tmp_path), BURSAR_DATABASE_URL=None, BURSAR_BROKER_URL=None)
    variables(BURSAR_LINK_SECRET=None, BURSAR_PUBLIC_URL=None)
    with running.only_one(tmp_path):
        running.announce(tmp_path, running.Running(pid=1, receiver_url="http://r", flower_url="http://f"))

        assert environment.settings().database_url is None


def test_an_operator_without_a_name_is_known_by_number(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_242_424)

    assert environment.operator() == "uid 4242424"
