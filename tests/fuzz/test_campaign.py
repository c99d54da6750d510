"""A short round of `make fuzz`, and proof that it can fail: receivers with one fault each are found out."""

import json
import mmap
import os
import random
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bursar.errors import Refused
from bursar.gateways.protocol import SignatureMismatch
from bursar.gateways.registry import GATEWAYS
from tests.fuzz import mutations
from tests.fuzz.campaign import SECRETS, as_json, run
from tests.fuzz.inputs import SIGNERS, Inputs
from tests.fuzz.oracle import proofs

pytestmark = pytest.mark.postgres

SEED = 20260401
INPUTS = 4_000
MUTANT_INPUTS = 2_500


@pytest.fixture(autouse=True)
def _quiet():
    with capture_logs():
        yield


def test_nothing_breaks_gets_in_unproven_or_grows(database_url):
    verdict = run(database_url, seed=SEED, inputs=INPUTS)

    assert verdict.examples == []
    assert verdict.failures == {}
    assert (verdict.inputs, verdict.errors_500, verdict.unverified_rows) == (INPUTS, 0, 0)
    assert len(verdict.kinds) == 10
    assert min(verdict.stored, verdict.read) > INPUTS / 4
    assert verdict.answers.keys() >= {200, 400, 404, 405, 413, 415, 429}


def test_the_verdict_is_one_json_object(database_url):
    told = json.loads(as_json(run(database_url, seed=SEED, inputs=100)))

    assert (told["inputs"], told["errors_500"], told["unverified_rows"]) == (100, 0, 0)
    assert told["failures"] == {}
    assert told["seed"] == SEED


def test_every_gateway_is_fuzzed():
    by_certificate = {"paypal"}  # its verifier meets noise in tests/gateways/paypal

    assert SIGNERS.keys() == GATEWAYS.keys() - by_certificate == SECRETS.keys()


@pytest.mark.parametrize("gateway", SIGNERS)
def test_a_seed_makes_the_same_bytes_again(gateway):
    def made():
        source = iter(Inputs(SEED, {gateway: SECRETS[gateway]}))
        return [(each.kind, each.path, each.body) for each in (next(source) for _ in range(500))]

    assert made() == made()


# -- receivers with one fault


class Mutant:
    """A gateway that is right in everything but what a subclass says."""

    def __init__(self, right):
        self._right = right

    def __getattr__(self, name):
        return getattr(self._right, name)


class TakesEverything(Mutant):
    def verify(self, body, headers, secrets, now_s):  # noqa: ARG002
        return secrets[0].key_id


class TakesNothing(Mutant):
    def verify(self, body, headers, secrets, now_s):  # noqa: ARG002
        raise SignatureMismatch


class TakesAnyTime(Mutant):
    def verify(self, body, headers, secrets, now_s):
        times = [part[2:] for part in headers.get("stripe-signature", "").split(",") if part[:2] == "t="]
        told = times[0] if len(times) == 1 and times[0].isascii() and times[0].isdigit() else now_s
        return self._right.verify(body, headers, secrets, int(told))


class ForgivesTheEnd(Mutant):
    """Verifies all but the last byte, as a reader of a wrong length would."""

    def verify(self, body, headers, secrets, now_s):
        for proven in (body, body[:-1], body[: body.rfind(b"}") + 1]):
            try:
                return self._right.verify(proven, headers, secrets, now_s)
            except Refused:
                pass
        raise SignatureMismatch


class NamesTheOtherKey(Mutant):
    def verify(self, body, headers, secrets, now_s):
        right = self._right.verify(body, headers, secrets, now_s)
        return next(secret.key_id for secret in secrets if secret.key_id != right)


class TripsOverHeaders(Mutant):
    def verify(self, body, headers, secrets, now_s):
        "".join(headers.values()).encode("ascii")
        return self._right.verify(body, headers, secrets, now_s)


class TripsOverTypes(Mutant):
    def envelope(self, document, body, headers):
        {document.get("livemode"): 1, document.get("entity"): 1}
        return self._right.envelope(document, body, headers)


class ReadsBlindly(Mutant):
    def read(self, event_type, document):
        document.get("data", document.get("payload"))["object" if "data" in document else "payment"]
        return self._right.read(event_type, document)


class ReadsNothing(Mutant):
    def read(self, event_type, document):
        self._right.read(event_type, document)


KEPT = []


class Hoards(Mutant):
    def verify(self, body, headers, secrets, now_s):
        KEPT.append(mmap.mmap(-1, 150_000))  # new memory: the heap may have room from earlier tests
        KEPT[-1].write(os.urandom(150_000))
        return self._right.verify(body, headers, secrets, now_s)


FAULTS = {
    TakesEverything: {"unverified_rows", "unproven_200"},
    TakesNothing: {"lost_events"},
    TakesAnyTime: {"unverified_rows", "unproven_200"},
    ForgivesTheEnd: {"unverified_rows", "unproven_200"},
    NamesTheOtherKey: {"unverified_rows"},
    TripsOverHeaders: {"errors_500", "lost_events"},
    TripsOverTypes: {"errors_500", "broken_reads"},
    ReadsBlindly: {"broken_reads"},
    ReadsNothing: {"broken_reads"},
    Hoards: {"memory"},
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_receiver_with_a_fault_is_found_out(fault, database_url, monkeypatch):
    monkeypatch.setitem(GATEWAYS, "stripe", fault(GATEWAYS["stripe"]))

    failures = run(database_url, seed=SEED, inputs=MUTANT_INPUTS).failures
    KEPT.clear()

    assert failures.keys() == FAULTS[fault]


# -- the tools


def test_the_oracle_believes_a_key_of_ours_and_nobody_else():
    body, now_s = b'{"id": "evt_1"}', 1_700_000_000
    for gateway, sign in SIGNERS.items():
        keys = {"new": SECRETS[gateway][0], "old": SECRETS[gateway][1]}
        right = [(k.encode(), v.encode()) for k, v in sign(body, keys["old"], now_s).items()]
        wrong = [(k.encode(), v.encode()) for k, v in sign(body, b"whsec_of_nobody", now_s).items()]

        assert {key_id for key_id, _ in proofs(gateway, keys, right, body, now_s)} == {"old"}
        assert proofs(gateway, keys, right, body + b" ", now_s) == set()
        assert proofs(gateway, keys, wrong, body, now_s) == set()
    assert proofs("stripe", {"a": SECRETS["stripe"][0]}, right, body, now_s) == set()


@pytest.mark.parametrize("spoil", list(dict.fromkeys(mutations.BYTES)), ids=lambda spoil: spoil.__name__)
def test_no_body_is_too_short_to_be_spoiled(spoil):
    source = random.Random(SEED)

    for body in (b"", b"{", b'{"id":"evt_1"}', Path(__file__).read_bytes()):
        assert isinstance(spoil(body, source), bytes)
