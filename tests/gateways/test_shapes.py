from datetime import UTC, datetime

import pytest

from bursar.gateways import shapes
from bursar.gateways.protocol import Unreadable


@pytest.mark.parametrize("value", ["pi_1", "a", "x" * 255, "INV/2026-27/0001", "with blank"])
def test_printable_ascii_up_to_255_characters_is_an_identifier(value):
    assert shapes.find_identifier(value) == value


@pytest.mark.parametrize(
    "value", ["", "x" * 256, "naïve", "a\nb", "a\x7f", None, 5, True, ["a"], {"id": "a"}]
)
def test_anything_else_is_no_identifier(value):
    assert shapes.find_identifier(value) is None
    with pytest.raises(Unreadable, match=r"^data\.object\.id must be"):
        shapes.get_identifier(value, "data.object.id")


@pytest.mark.parametrize(
    ("value", "found"), [("cus_1", "cus_1"), ({"id": "cus_1"}, "cus_1"), ({}, None), (None, None), ([], None)]
)
def test_a_linked_object_is_read_bare_or_expanded(value, found):
    assert shapes.find_reference(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("card", "card"),
        ("insufficient_funds", "insufficient_funds"),
        ("learner@example.com", None),
        ("Asha could not pay", None),
        ("x" * 65, None),
        (None, None),
    ],
)
def test_a_code_word_is_never_prose(value, found):
    assert shapes.find_word(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (253_402_300_799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (253_402_300_800, None),
        (0, None),
        (-1, None),
        (True, None),
        (1.7e9, None),
        ("1700000000", None),
        (2**64, None),
        (None, None),
    ],
)
def test_only_whole_seconds_of_our_era_are_a_time(value, found):
    assert shapes.find_time(value) == found


@pytest.mark.parametrize(
    ("metadata", "invoice", "customer", "track"),
    [
        ({}, None, None, None),
        ({"invoice": "INV-1", "student": "s-1", "track": "web"}, "INV-1", "s-1", "web"),
        ({"invoice_id": "INV-1", "customer": "s-1", "track_id": "web"}, "INV-1", "s-1", "web"),
        ({"bursar_invoice": "INV-1", "customer_ref": "s-1", "course": "web"}, "INV-1", "s-1", "web"),
        ({"student_id": "s-1"}, None, "s-1", None),
        ({"invoice": "first", "invoice_id": "second"}, "first", None, None),
        ({"invoice": "  ", "invoice_id": " second "}, "second", None, None),
        ({"invoice": 17, "student": None, "track": ["web"]}, None, None, None),
        ({"invoice": "x" * 255, "student": "x" * 256}, "x" * 255, None, None),
        ({"invoice": "INV\u0007", "track": "kurs-für-alle"}, None, None, "kurs-für-alle"),
        ({"student": "asha@example.com", "customer": "+919000090000"}, None, None, None),
        ({"Invoice": "INV-1"}, None, None, None),
    ],
)
def test_claims_are_trimmed_strings_under_the_keys_hosts_use(metadata, invoice, customer, track):
    assert shapes.find_invoice(metadata) == invoice
    assert shapes.find_customer(metadata) == customer
    assert shapes.find_track(metadata) == track


@pytest.mark.parametrize(
    ("text", "components"),
    [
        ("tuition=50000,library=2500", (("tuition", 50_000), ("library", 2_500))),
        (" tuition = 50000 , library=2500 ", (("tuition", 50_000), ("library", 2_500))),
        ("tuition=1", (("tuition", 1),)),
        ("tuition=10000000000000", (("tuition", 10**13),)),
        (",".join(f"c{n}=1" for n in range(50)), tuple((f"c{n}", 1) for n in range(50))),
        (",".join(f"c{n}=1" for n in range(51)), ()),
        ("tuition=10000000000001", ()),
        ("tuition=0", ()),
        ("tuition=-5", ()),
        ("tuition=+5", ()),
        ("tuition=5.0", ()),
        ("tuition=5_000", ()),
        ("tuition=५", ()),
        ("tuition=" + "9" * 5_000, ()),
        ("tuition=5,tuition=6", ()),
        ("tuition=5,", ()),
        ("tuition=5,library", ()),
        ("=5", ()),
        ("asha@example.com=5", ()),
        ("a fee of Asha=5", ()),
        ("tuition=5=6", ()),
        ("", ()),
        (None, ()),
        (50_000, ()),
        ({"tuition": 50_000}, ()),
    ],
)
def test_components_are_positive_minor_units_or_nothing_at_all(text, components):
    assert shapes.find_components({"components": text}) == components
    assert shapes.find_components({"allocation": text}) == components


def test_the_first_key_that_can_be_read_names_the_components():
    assert shapes.find_components({"components": "a=1", "allocation": "b=2"}) == (("a", 1),)
    assert shapes.find_components({"components": "tuition", "allocation": "b=2"}) == (("b", 2),)
    assert shapes.find_components({}) == ()
