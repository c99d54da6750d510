from datetime import datetime

import pytest

from bursar.emails.errors import MailInputRefused
from bursar.emails.kinds import VALUES_OF
from bursar.rules.consequences import MailKind
from tests.emails.examples import LEAST, MOST, PAID_AT, USUAL, make_payment_received


def test_every_kind_has_values_and_examples():
    assert set(VALUES_OF) == set(LEAST) == set(USUAL) == set(MOST) == set(MailKind)


def test_a_moment_without_its_offset_is_refused_by_name():
    with pytest.raises(MailInputRefused, match="paid_at"):
        make_payment_received(paid_at=datetime(2026, 10, 6, 9, 30))  # noqa: DTZ001


def test_a_currency_in_lower_case_is_refused():
    with pytest.raises(MailInputRefused, match="currency"):
        make_payment_received(currency="inr", paid_at=PAID_AT)
