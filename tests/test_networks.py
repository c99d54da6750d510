"""Networks as operators write them: what is wrong is named, with its cure."""

import pytest

from bursar.networks import parse_networks, parse_networks_by_name


def test_addresses_and_networks_of_both_families_make_one_list():
    networks = parse_networks("192.0.2.7, 10.0.0.0/8,2001:db8::/32")

    assert [str(each) for each in networks] == ["192.0.2.7/32", "10.0.0.0/8", "2001:db8::/32"]
    assert parse_networks(" ") == ()


def test_each_gateway_has_its_own_list():
    found = parse_networks_by_name("razorpay=52.66.75.174,18.96.225.0/26\n stripe=3.18.12.63")

    assert {name: [str(each) for each in networks] for name, networks in found.items()} == {
        "razorpay": ["52.66.75.174/32", "18.96.225.0/26"],
        "stripe": ["3.18.12.63/32"],
    }


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("example.org", "'example.org' is no network; write an address"),
        ("192.0.2.7,", "'' is no network"),
        ("192.0.2.0/33", "is no network"),
        ("192.0.2.7/24", "write 192.0.2.0/24 for the network"),
        ("0.0.0.0/0", "every address there is"),
        ("::/0", "every address there is"),
        ("*", "is no network"),
    ],
)
def test_a_wrong_network_is_refused_with_its_cure(text, cure):
    with pytest.raises(ValueError, match=cure.replace("(", r"\(")):
        parse_networks(text)


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("192.0.2.7", "is not name=network,network"),
        ("stripe=", "is not name=network,network"),
        ("stripe=192.0.2.7, 192.0.2.8", "is no network"),
        ("stripe=192.0.2.7 stripe=192.0.2.8", "stripe is named twice"),
    ],
)
def test_a_list_that_names_no_gateway_or_one_twice_is_refused(text, cure):
    with pytest.raises(ValueError, match=cure):
        parse_networks_by_name(text)
