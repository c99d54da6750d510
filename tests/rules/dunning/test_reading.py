"""A policy is read whole or refused with the place of the mistake and its cure."""

from datetime import date, timedelta

import pytest

from bursar.rules.dunning import reading
from bursar.rules.dunning.policy import Action, Template
from bursar.rules.dunning.reading import PolicyRefused, read_policy
from tests.rules.dunning.policies import DEFAULT, EVERY_DAY, HEAD, policy, text

REMIND = '[[steps]]\nday = 0\naction = "remind"\ntemplate = "due"\n'


def test_the_policy_that_comes_with_bursar_can_be_read():
    found = read_policy(DEFAULT)

    assert found.name == "standard"
    assert found.steps[0].template is Template.DUE
    assert found.steps[-1].action is Action.SUSPEND
    assert found.zone_of("GB").key == "Europe/London"
    assert found.zone_of(None).key == found.zone_of("XX").key == "Asia/Kolkata"


def test_the_hash_is_of_the_text():
    assert policy().sha256 == policy().sha256
    assert read_policy(text() + "# a word more\n").sha256 != policy().sha256


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("name =", "is no TOML"),
        ("#" * 20_001, "more than 20000 characters"),
        ('zone = "UTC"\n' + REMIND, "name is missing: it must be a text"),
        ('name = ""\nzone = "UTC"\n' + REMIND, "name must have 1 to 60 characters"),
        ('name = 5\nzone = "UTC"\n' + REMIND, "name must be a text"),
        ('name = "x"\nzone = "Mars/Base"\n' + REMIND, "zone: 'Mars/Base' is not a zone like Asia/Kolkata"),
        ('name = "x"\nzone = "../../etc"\n' + REMIND, "is not a zone like"),
        (HEAD, "steps is missing: it must be a list"),
        (HEAD + "steps = []", "steps: a policy has 1 to 40"),
        (HEAD + "steps = [1]", r"steps.1 must be a table: write \[\[steps\]\]"),
        (text((3, "remind"), (3, "final_notice")), "steps.2.day: steps stand in the order of their days"),
        (text((3, "remind"), (1, "remind")), "steps.2.day"),
        (text((-31, "remind")), "steps.1.day must be -30 to 365, not -31"),
        (text((0, "pray")), "steps.1.action: 'pray' is not known; write one of"),
        (text((1, "debit_notice")), "steps.1.action: 'debit_notice' is not known"),
        (text((1, "remind", "nice")), "steps.1.template: 'nice' is not known; write one of reminder"),
        (text((0, "suspend")), "steps.1.day: only reminders and charges come before"),
        (text((-1, "final_notice")), "only reminders and charges"),
        (HEAD + REMIND.replace("day", "days"), "steps.1.day is missing"),
        (HEAD + REMIND + 'why = "x"\n', "steps.1.why is not known: take it out"),
        (text(head="retry_on_new_cards = true"), "retry_on_new_cards is not known"),
        (text(head='retry_on_new_card = "yes"'), "retry_on_new_card must be true or false"),
        (text(head="catch_up_days_max = true"), "catch_up_days_max must be a whole number"),
        (text(head="hours = 3", hours=""), "hours must be a table"),
        (text(hours='[hours]\nopens = "9 am"\n'), "hours.opens: '9 am' is not a time like 09:00"),
        (text(hours='[hours]\nopens = "18:00"\n'), "hours.closes must be at least two hours after"),
        (text(hours='[hours]\nopened = "09:00"\n'), "hours.opened is not known"),
        (text(hours="[hours]\nweekdays = []\n"), "hours.weekdays: name at least one"),
        (text(hours='[hours]\nweekdays = ["day"]\n'), "hours.weekdays: 'day' is none of mon"),
        (text(hours='[hours]\nholidays = ["2026-12-25"]\n'), "hours.holidays: up to 400 days"),
        (text(hours="[retries]\nvisa_30d_max = 21\n"), "retries.visa_30d_max must be 0 to 20, not 21"),
        (text(hours="[retries]\nmastercard_24h_max = 11\n"), "must be 0 to 10"),
        (text(hours="[retries]\nindia_notice_h = 23\n"), "must be 24 to 240"),
        (text(hours="[retries]\nindia_max_minor = 1500001\n"), "must be 0 to 1500000"),
        (text(hours="[zones]\nGB = 5\n"), "zones.GB: 5 is not a zone"),
        (text((1, "late_fee")), "late_fees: a step takes a late fee; name one"),
        (text(hours="[late_fees]\nRUPEES = 5\n"), "late_fees.RUPEES: a currency has three letters"),
        (text(hours="[late_fees]\nINR = 0\n"), "late_fees.INR must be 1 to"),
        (text(hours="[late_fees]\nINR = 5.5\n"), "late_fees.INR must be 1 to"),
    ],
)
def test_a_mistake_is_named_with_its_cure(said, message):
    with pytest.raises(PolicyRefused, match=message):
        read_policy(said)


def test_every_part_of_a_policy_is_heeded():
    found = policy(
        (1, "remind"),
        (2, "late_fee"),
        head="retry_on_new_card = false\ncatch_up_days_max = 0",
        hours=EVERY_DAY
        + 'opens = "08:30"\nholidays = [2026-12-25]\n[retries]\nvisa_30d_max = 3\nindia_notice_h = 48\n'
        + "[late_fees]\nINR = 50000\n",
    )

    assert (found.hours.opens.hour, found.hours.opens.minute) == (8, 30)
    assert found.hours.holidays == {date(2026, 12, 25)}
    assert (found.law.visa_30d_max, found.law.india_notice) == (3, timedelta(hours=48))
    assert found.late_fees == {"INR": 500_00}
    assert not found.retry_on_new_card


@pytest.mark.parametrize(
    ("opened", "expected"),
    [(date(2026, 11, 1), 1), (date(2026, 11, 8), 1), (date(2026, 11, 9), 9), (date(2026, 11, 30), 30)],
)
def test_a_case_that_opens_very_late_counts_its_days_from_then(opened, expected):
    assert policy((0, "remind")).anchor(date(2026, 11, 1), opened) == date(2026, 11, expected)


def test_what_comes_before_the_due_day_still_does_where_a_case_opens_late():
    found = policy((-3, "remind"))

    assert found.anchor(date(2026, 11, 10), date(2026, 11, 7)) == date(2026, 11, 10)
    assert found.anchor(date(2026, 11, 10), date(2026, 11, 20)) == date(2026, 11, 23)


def test_a_policy_is_a_page():
    assert len(DEFAULT) < reading.TEXT_LENGTH_MAX / 4
