import threading

import pytest

from bursar.errors import Transient
from bursar.gateways.paypal.certificates import (
    FAILURE_KEPT_S,
    FAILURES_MAX,
    FETCHES_AT_ONCE,
    KEPT_MAX,
    SANDBOX_URL,
    Certificates,
    certificates_of,
)
from bursar.gateways.paypal.trust import pinned
from bursar.gateways.protocol import CertificateAway, SignatureMismatch
from bursar.sandbox.paypal_certificates import keep_identity
from tests.support.paypal import MADE_AT, OURS, at_once, never

NOW_S = int(MADE_AT.timestamp())
URL = "https://api.paypal.com/v1/notifications/certs/CERT-1"
KEY = pinned(OURS.pem)


class Host:
    """Stands in for PayPal's host; remembers what it was asked."""

    def __init__(self, answer=OURS.pem):
        self.answer = answer
        self.asked = []

    def __call__(self, url):
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def trusting(pem, _now_s):
    return pinned(pem)


def away(certificates, url=URL, now_s=NOW_S):
    with pytest.raises(CertificateAway) as told:
        certificates.find(url, now_s)
    return str(told.value)


def test_an_unknown_certificate_is_fetched_and_known_to_the_next_delivery():
    host = Host()
    certificates = Certificates(host, trusting, at_once)

    assert "deliver again" in away(certificates)
    assert [certificates.find(URL, NOW_S), certificates.find(URL, NOW_S)] == [KEY, KEY]
    assert host.asked == [URL]


def test_one_address_is_fetched_once_at_a_time_and_few_at_once():
    jobs = []
    certificates = Certificates(Host(), trusting, jobs.append)
    for _ in range(3):
        for n in range(FETCHES_AT_ONCE + 3):
            away(certificates, f"{URL}{n}")

    assert len(jobs) == FETCHES_AT_ONCE
    for job in jobs[:]:
        job()
    assert certificates.find(f"{URL}0", NOW_S) == KEY
    away(certificates, f"{URL}{FETCHES_AT_ONCE}")
    assert len(jobs) == FETCHES_AT_ONCE + 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SignatureMismatch("there is none"), SignatureMismatch),
        (CertificateAway("503"), CertificateAway),
        (RuntimeError("a bug"), CertificateAway),
    ],
)
def test_a_failure_is_remembered_for_a_minute_and_then_tried_again(error, told):
    host = Host(error)
    certificates = Certificates(host, trusting, at_once)
    away(certificates)
    for later_s in (0, 1, FAILURE_KEPT_S - 1):
        with pytest.raises(told):
            certificates.find(URL, NOW_S + later_s)
    assert host.asked == [URL]

    host.answer = OURS.pem
    away(certificates, now_s=NOW_S + FAILURE_KEPT_S)
    assert certificates.find(URL, NOW_S + FAILURE_KEPT_S) == KEY


def test_a_certificate_that_nobody_vouches_for_is_refused():
    def distrusting(_pem, _now_s):
        raise SignatureMismatch("no public CA vouches for it")

    certificates = Certificates(Host(), distrusting, at_once)
    away(certificates)

    with pytest.raises(SignatureMismatch, match="no public CA"):
        certificates.find(URL, NOW_S)


def test_what_went_wrong_inside_is_told_by_its_name_only():
    certificates = Certificates(Host(RuntimeError("with /secrets in it")), trusting, at_once)
    away(certificates)

    assert away(certificates) == "RuntimeError"


def test_an_expired_certificate_is_asked_for_again():
    host = Host()
    certificates = Certificates(host, trusting, at_once)
    certificates.keep(URL, KEY)
    assert certificates.find(URL, NOW_S) == KEY

    away(certificates, now_s=int(KEY.valid_until_s) + 1)
    assert host.asked == [URL]


def test_no_more_is_kept_than_paypal_could_need():
    certificates = Certificates(never, trusting, lambda _: None)
    for n in range(KEPT_MAX + 1):
        certificates.keep(f"{URL}{n}", KEY)

    assert certificates.find(f"{URL}{KEPT_MAX}", NOW_S) == KEY
    away(certificates, f"{URL}0")


def test_a_flood_of_invented_addresses_is_forgotten():
    host = Host(SignatureMismatch("there is none"))
    certificates = Certificates(host, trusting, at_once)
    for n in range(FAILURES_MAX + 10):
        away(certificates, f"{URL}{n}")

    away(certificates, f"{URL}0")  # forgotten, so it is asked again
    assert len(host.asked) == FAILURES_MAX + 11


def test_find_never_waits_for_the_network():
    free, begun = threading.Event(), threading.Event()

    def slow(_url):
        begun.set()
        assert free.wait(30)
        return OURS.pem

    threads = []

    def start(job):
        threads.append(threading.Thread(target=job))
        threads[-1].start()

    certificates = Certificates(slow, trusting, start)
    away(certificates)
    assert begun.wait(30)
    away(certificates)
    free.set()
    threads[0].join(30)

    assert certificates.find(URL, NOW_S) == KEY


def test_in_test_mode_a_certificate_of_our_own_is_believed_and_in_live_mode_it_is_not(tmp_path):
    identity = keep_identity(tmp_path)

    known = certificates_of("test", tmp_path).find(SANDBOX_URL, int(_now_of(identity)))
    assert known.made(identity.sign(b"x"), b"x")
    live = certificates_of("live", tmp_path)
    assert live._kept == {}


def test_without_a_certificate_of_our_own_nothing_is_known(tmp_path):
    assert certificates_of("test", tmp_path)._kept == {}


def test_away_is_transient():
    assert issubclass(CertificateAway, Transient)


def _now_of(identity):
    return identity.certificate.not_valid_before_utc.timestamp() + 86_400
