"""What is thrown at the receiver: samples, their mutations signed and unsigned, odd requests, noise."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import orjson

from bursar.sandbox.samples import SAMPLES
from bursar.sandbox.signers import sign_razorpay, sign_stripe
from tests.fuzz import mutations

SIGNERS: Mapping[str, Callable[[bytes, bytes, int], dict[str, str]]] = {
    "stripe": sign_stripe,
    "razorpay": lambda body, secret, _: sign_razorpay(body, secret),
}
GIANT = b"x" * (64 * 1024)
GIANT_CHUNKS = 5
"""Five of 64 KiB are more than the receiver reads."""
TYPE_FIELDS = {"stripe": "type", "razorpay": "event"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One request, as a server would hand it to the application."""

    kind: str
    gateway: str
    """Whose signature it bears or pretends to; where it is sent is `path`."""
    path: str
    method: str = "POST"
    headers: Sequence[tuple[bytes, bytes]]
    chunks: Sequence[bytes]
    client: tuple[str, int] | None
    complete: bool = True
    """Whether the sender stays until the end."""
    true: bool = False
    """An event as its gateway would send it: anything but 200 is a loss."""

    @property
    def body(self) -> bytes:
        """What arrives."""
        return b"".join(self.chunks)


class Inputs:
    """An endless source; the same seed and keys give the same bytes, but for the time in signatures."""

    def __init__(self, seed: int, secrets: Mapping[str, Sequence[bytes]]) -> None:
        self._random = Random(seed)
        self._secrets = secrets
        self._made = 0
        self._samples = {
            gateway: [tell() for name, tell in SAMPLES.items() if name.startswith(f"{gateway}:")]
            for gateway in secrets
        }
        self._types = [
            orjson.loads(body)[TYPE_FIELDS[gateway]]
            for gateway, bodies in self._samples.items()
            for body in bodies
        ]

    def __iter__(self) -> Iterator[Input]:
        kinds, weights = zip(*_KINDS, strict=True)
        while True:
            [make] = self._random.choices(kinds, weights)
            self._made += 1
            yield make(self, self._random.choice(list(self._samples)), self._random)

    # -- signed by the gateway, as far as anybody can tell

    def _event(self, gateway: str, _: Random) -> Input:
        body = orjson.dumps(self._fresh(gateway))
        return self._request("event", gateway, body, self._signed(gateway, body), true=True)

    def _signed_document(self, gateway: str, random: Random) -> Input:
        document = mutations.spoil_document(
            self._fresh(gateway), self._fresh(random.choice(list(self._samples))), random
        )
        body = mutations.dump(document, random)
        return self._request("signed document", gateway, body, self._signed(gateway, body))

    def _signed_type(self, gateway: str, random: Random) -> Input:
        document = self._fresh(gateway)
        document[TYPE_FIELDS[gateway]] = random.choice(
            [*self._types, "payment.captured.", ".", "v2.x", "a" * 255]
        )
        body = orjson.dumps(document)
        return self._request("signed type", gateway, body, self._signed(gateway, body))

    def _signed_bytes(self, gateway: str, random: Random) -> Input:
        body = mutations.spoil_bytes(orjson.dumps(self._fresh(gateway)), random)
        return self._request("signed bytes", gateway, body, self._signed(gateway, body))

    # -- signed, but not like this

    def _changed_body(self, gateway: str, random: Random) -> Input:
        body = orjson.dumps(self._fresh(gateway))
        changed = mutations.spoil_bytes(body, random)
        if random.random() < 0.2:
            changed = mutations.splice(body, random.choice(self._samples[gateway]), random)
        return self._request("changed body", gateway, changed, self._signed(gateway, body))

    def _changed_header(self, gateway: str, random: Random) -> Input:
        body = orjson.dumps(self._fresh(gateway))
        headers = [
            (name, mutations.spoil_signature(value, random) if b"signature" in name else value)
            for name, value in self._signed(gateway, body)
        ]
        if random.random() < 0.2:
            headers += self._signed(gateway, b"{}")
        return self._request("changed header", gateway, body, headers)

    def _wrong_time(self, gateway: str, random: Random) -> Input:
        body = orjson.dumps(self._fresh(gateway))
        off_s = random.choice([-(10**9), -400, -299, -1, 50, 75, 400, 10**9])
        return self._request("wrong time", gateway, body, self._signed(gateway, body, off_s=off_s))

    def _wrong_key(self, gateway: str, random: Random) -> Input:
        body = orjson.dumps(self._fresh(gateway))
        other = [each for name, secrets in self._secrets.items() if name != gateway for each in secrets]
        secret = random.choice([b"", b" ", b"whsec_of_nobody_at_all", *other])
        return self._request("wrong key", gateway, body, self._signed(gateway, body, secret=secret))

    def _noise(self, gateway: str, random: Random) -> Input:
        names = [
            b"stripe-signature",
            b"x-razorpay-signature",
            b"x-razorpay-event-id",
            b"content-type",
            b"cookie",
        ]
        headers = [
            (random.choice(names), random.randbytes(random.choice([0, 8, 64, 500])))
            for _ in range(random.randint(0, 6))
        ]
        body = random.randbytes(random.choice([0, 1, 16, 300, 4_000]))
        return self._request("noise", gateway, body, headers)

    # -- odd requests

    def _odd_request(self, gateway: str, random: Random) -> Input:
        body = orjson.dumps(self._fresh(gateway))
        headers = self._signed(gateway, body)
        odd = random.choice(
            [
                {
                    "path": random.choice(
                        ["/", "/webhooks/", "/webhooks", "/webhooks/%00", "/webhooks/stripe/x"]
                    )
                },
                {
                    "path": "/webhooks/"
                    + "".join(chr(random.randrange(1, 0x300)) for _ in range(random.randint(1, 30)))
                },
                {"method": random.choice(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])},
                {"path": random.choice(["/health", "/metrics", "/webhooks/health"])},
                {
                    "headers": [
                        *headers,
                        (b"content-encoding", random.choice([b"gzip", b"", b"identity", b"\xff"])),
                    ]
                },
                {
                    "headers": [
                        *headers,
                        (b"content-length", random.choice([b"-1", b"9" * 5_000, b"x", b"1e3", b"\xb2"])),
                    ]
                },
                {"chunks": [GIANT] * GIANT_CHUNKS},
                {"complete": False},
                {"client": None},
            ]
        )
        return self._request("odd request", gateway, body, headers, **odd)

    def _fresh(self, gateway: str) -> mutations.Json:
        """A sample nobody has sent yet."""
        document = orjson.loads(self._random.choice(self._samples[gateway]))
        document["id"] = f"evt_fuzz_{self._made}_{self._random.getrandbits(32):08x}"
        return document

    def _signed(
        self, gateway: str, body: bytes, *, off_s: int = 0, secret: bytes | None = None
    ) -> list[tuple[bytes, bytes]]:
        chosen = self._random.choice(self._secrets[gateway]) if secret is None else secret
        signed = SIGNERS[gateway](body, chosen, int(time.time()) + off_s)
        return [(name.encode(), value.encode()) for name, value in signed.items()]

    def _request(
        self,
        kind: str,
        gateway: str,
        body: bytes,
        signed: Sequence[tuple[bytes, bytes]],
        **odd: mutations.Json,
    ) -> Input:
        cut = self._random.randrange(len(body) + 1)
        plain = {
            "path": f"/webhooks/{gateway}",
            "headers": [*signed, *self._forwarded()],
            "chunks": [body] if self._random.random() < 0.7 else [body[:cut], b"", body[cut:]],
            "client": self._client(),
        }
        return Input(kind=kind, gateway=gateway, **(plain | odd))

    def _forwarded(self) -> list[tuple[bytes, bytes]]:
        if self._random.random() < 0.8:
            return []
        claims = [
            b"10.0.0.1, 192.0.2.7",
            b"192.0.2.7:1",
            b"[::1]:1, unknown",
            b",,,",
            b"\xff",
            b"1" * 5_000,
            b"",
        ]
        return [(b"x-forwarded-for", self._random.choice(claims)) for _ in range(self._random.randint(1, 3))]

    def _client(self) -> tuple[str, int]:
        near = self._random.random() < 0.3  # these few run into the limit of wrong signatures
        return f"10.{0 if near else self._random.randrange(256)}.0.{self._random.randrange(1, 9)}", 4242


_KINDS: tuple[tuple[Callable[[Inputs, str, Random], Input], int], ...] = (
    (Inputs._event, 6),
    (Inputs._signed_document, 30),
    (Inputs._signed_type, 5),
    (Inputs._signed_bytes, 14),
    (Inputs._changed_body, 14),
    (Inputs._changed_header, 12),
    (Inputs._wrong_time, 3),
    (Inputs._wrong_key, 4),
    (Inputs._noise, 8),
    (Inputs._odd_request, 4),
)
"""With their shares in a hundred."""
