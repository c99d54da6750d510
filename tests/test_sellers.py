"""The seller's file: read whole, refused whole, with the field and the cure."""

import pytest

from bursar.errors import Misconfigured
from bursar.rules.numbering import INDIAN_YEAR
from bursar.rules.sellers import CREDIT_NOTE, DEFAULT
from bursar.rules.tax import Abroad, InvoiceKind, Place, RoundingPolicy, TaxSystem
from bursar.sellers import read_seller, seller_of, tax_id_problem
from bursar.settings import load

SCHOOL = """
[seller]
name = "Greenfield Public School"
address = ["12 Lake Road", "Mumbai 400001"]
country = "IN"
tax_id = "27AAPFU0939F1ZV"
upi_id = "greenfield@okbank"
bank = ["IFSC: ABCD0123456"]

[numbers]
bill_of_supply = "BOS"

[rounding]
policy = "rate_group"
to_whole = true

[tax.default]
system = "gst"
rate = 18
code = "999293"
abroad = "zero"

[tax.Tuition]
system = "exempt"
"""
PLAIN = '[seller]\nname = "School"\n[tax.default]\nsystem = "none"\n'


@pytest.fixture
def write(tmp_path):
    def to(text: str | bytes):
        path = tmp_path / "seller.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to


def test_a_file_says_who_sells_and_how_fees_are_taxed(write):
    seller = read_seller(write(SCHOOL))

    assert (seller.name, seller.place, seller.gst) == ("Greenfield Public School", Place("IN", "27"), True)
    assert (seller.rounding, seller.to_whole) == (RoundingPolicy.RATE_GROUP, True)
    assert seller.profiles[DEFAULT].rate_bp == 1800
    assert seller.profiles[DEFAULT].abroad is Abroad.ZERO
    assert seller.profile_of("Tuition").system is TaxSystem.EXEMPT
    assert (seller.prefixes[InvoiceKind.BILL_OF_SUPPLY], seller.prefixes[InvoiceKind.INVOICE]) == (
        "BOS",
        "INV",
    )
    assert seller.prefixes[CREDIT_NOTE] == "CN"
    assert seller.fiscal == INDIAN_YEAR


def test_without_a_file_the_seller_has_a_name_and_takes_the_tax_he_is_told():
    seller = seller_of(load())

    assert seller.name == "Bursar Demo School"
    assert seller.profile_of("anything").system is TaxSystem.TOLD


def test_the_setting_names_the_file(write, monkeypatch):
    monkeypatch.setenv("BURSAR_SELLER_FILE", str(write(SCHOOL)))
    load.cache_clear()

    assert seller_of(load()).tax_id == "27AAPFU0939F1ZV"


@pytest.mark.parametrize("rate", ["5.5", '"5.5"', "0", "100"])
def test_a_rate_is_per_cent(write, rate):
    text = SCHOOL.replace("rate = 18", f"rate = {rate}")

    assert read_seller(write(text)).profiles[DEFAULT].rate_bp == round(float(rate.strip('"')) * 100)


def test_a_seller_in_europe_has_rates_of_other_countries(write):
    text = """
[seller]
name = "Schule"
country = "DE"
tax_id = "DE136695976"
[numbers]
fiscal_year_starts_in = 1
time_zone = "Europe/Berlin"
[tax.default]
system = "vat"
rate = 19
abroad = "reverse_charge"
rates_abroad = { FR = 20 }
"""

    seller = read_seller(write(text))

    assert seller.profiles[DEFAULT].rates_abroad == {"FR": 2000}
    assert seller.fiscal.starts_in == 1
    assert not seller.gst


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "27AAPFU0939F1ZV",
            "27AAPFU0939F1ZX",
            "seller: Value error, tax_id: '27AAPFU0939F1ZX' is no tax id of IN",
        ),
        ('country = "IN"', 'country = "India"', "seller.country"),
        ('tax_id = "27AAPFU0939F1ZV"', 'state = "29"', "only who is registered in India may charge gst"),
        ('upi_id = "', 'state = "29"\nupi_id = "', "is of State 27, state says 29"),
        ('upi_id = "', 'state = "KA"\nupi_id = "', "write the two digits of the State"),
        ("greenfield@okbank", "greenfield", "seller.upi_id"),
        ("rate = 18", "rate = 5.555", "at most two decimals"),
        ("rate = 18", "rate = 101", "between 0 and 100"),
        ("rate = 18", "rate = true", "write the rate in per cent"),
        ("rate = 18", 'rate = "much"', "'much' is no rate"),
        ('system = "exempt"', 'system = "exempt"\nrate = 5', "system 'exempt' has no rate"),
        ('system = "exempt"', 'system = "exempt"\nrates_abroad = { FR = 20 }', "belong to system 'vat'"),
        ('system = "exempt"', 'system = "excempt"', "tax.Tuition.system"),
        ('code = "999293"', 'sac = "999293"', "tax.default.sac"),
        ('bill_of_supply = "BOS"', 'bill_of_supply = "BILL"', "numbers.bill_of_supply"),
        ('bill_of_supply = "BOS"', 'credit_note = "INV"', "need prefixes of their own"),
        ('bill_of_supply = "BOS"', 'invoice = "RCT"', "need prefixes of their own"),
        ('bill_of_supply = "BOS"', 'time_zone = "Mumbai"', "write it as Asia/Kolkata"),
        ("[tax.default]", "[taxes.default]", "tax"),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(write, old, new, says):
    text = SCHOOL.replace(old, new)
    assert text != SCHOOL

    with pytest.raises(Misconfigured) as refused:
        read_seller(write(text))

    assert "BURSAR_SELLER_FILE" in str(refused.value)
    assert says in str(refused.value)


def test_gst_is_charged_in_india_only(write):
    text = PLAIN.replace('name = "School"', 'name = "School"\ncountry = "DE"\ntax_id = "DE136695976"')

    with pytest.raises(Misconfigured, match=r'needs seller\.country = "IN"'):
        read_seller(write(text.replace('"none"', '"gst"')))


@pytest.mark.parametrize("raw", [b"\xff", b"[seller", b"x" * 70_000])
def test_a_file_that_is_none_is_refused(write, raw):
    with pytest.raises(Misconfigured, match="BURSAR_SELLER_FILE"):
        read_seller(write(raw))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Misconfigured, match=r"cannot read .*No such file"):
        read_seller(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("tax_id", "country", "wrong"),
    [
        ("GB980780684", "GB", False),
        ("GB980780683", "GB", True),
        ("DE136695976", "DE", False),
        ("DE136695970", "DE", True),
        ("anything", "US", False),
        ("anything", None, False),
    ],
)
def test_a_tax_id_is_checked_where_its_country_has_check_digits(tax_id, country, wrong):
    assert (tax_id_problem(tax_id, country) is not None) == wrong


def test_an_id_of_a_country_without_check_digits_has_at_least_a_form(write):
    text = PLAIN.replace('name = "School"', 'name = "School"\ncountry = "US"\ntax_id = "1;2"')

    with pytest.raises(Misconfigured, match="2 to 32 letters and digits"):
        read_seller(write(text))
