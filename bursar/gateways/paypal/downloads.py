"""GET of a certificate: one small file, no redirect, within seconds. The sender chose the address."""

import re

import httpx

from bursar.gateways.protocol import CertificateAway, SignatureMismatch

FILE_BYTES_MAX = 64 * 1024
"""A chain of three certificates has six thousand."""
TIMEOUT_S = 3.0
"""Seconds to connect, and between two packets: the file is small and PayPal's host is near."""
_ISSUER = re.compile(r"https?://cacerts\.digicert\.com/[A-Za-z0-9._-]{1,128}")
"""Where PayPal's CA keeps its own certificates. Plain http is usual there: the signature proves the file."""


def download(url: str, transport: httpx.BaseTransport | None = None) -> bytes:
    """The file at an address that `verify` has found to be PayPal's.

    Raises CertificateAway when asking again may help, SignatureMismatch when there is no such certificate.
    """
    try:
        with (
            httpx.Client(transport=transport, timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
                raise CertificateAway(f"the certificate's host answered {answer.status_code}")
            if answer.status_code != httpx.codes.OK:
                raise SignatureMismatch(f"there is no certificate at that address ({answer.status_code})")
            return _limited(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CertificateAway(f"the certificate's host does not answer ({type(error).__name__})") from None


def download_issuer(url: str, transport: httpx.BaseTransport | None = None) -> bytes:
    """The CA's certificate above PayPal's. Raises like `download`, and for any other host."""
    if not _ISSUER.fullmatch(url):
        raise SignatureMismatch("PayPal's certificate names an issuer at an unknown host")
    return download(url, transport)


def _limited(answer: httpx.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    for chunk in answer.iter_bytes():
        size += len(chunk)
        if size > FILE_BYTES_MAX:
            raise SignatureMismatch(f"a certificate has at most {FILE_BYTES_MAX} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
