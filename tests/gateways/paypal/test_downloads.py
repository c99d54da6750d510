import httpx
import pytest

from bursar.gateways.paypal.downloads import FILE_BYTES_MAX, download, download_issuer
from bursar.gateways.protocol import CertificateAway, SignatureMismatch

URL = "https://api.paypal.com/v1/notifications/certs/CERT-1"
ISSUER = "http://cacerts.digicert.com/DigiCertSHA2ExtendedValidationServerCA.crt"


def host(status=200, body=b"pem", error=None, **headers):
    asked = []

    def answer(request):
        asked.append(str(request.url))
        if error:
            raise error
        return httpx.Response(status, content=body, headers=headers)

    return httpx.MockTransport(answer), asked


def test_a_certificate_is_downloaded():
    transport, asked = host(body=b"x" * FILE_BYTES_MAX)

    assert download(URL, transport) == b"x" * FILE_BYTES_MAX
    assert asked == [URL]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_host_that_has_trouble_may_have_the_certificate_later(status):
    with pytest.raises(CertificateAway, match=str(status)):
        download(URL, host(status)[0])


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410])
def test_a_host_that_says_no_has_no_such_certificate(status):
    with pytest.raises(SignatureMismatch, match=str(status)):
        download(URL, host(status)[0])


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status):
    transport, asked = host(status, location="https://evil.example/cert")

    with pytest.raises(SignatureMismatch, match=str(status)):
        download(URL, transport)
    assert asked == [URL]


def test_a_file_that_is_too_large_is_not_read_to_its_end():
    with pytest.raises(SignatureMismatch, match="at most"):
        download(URL, host(body=b"x" * (FILE_BYTES_MAX + 1))[0])


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")]
)
def test_a_host_that_does_not_answer_may_do_so_later(error):
    with pytest.raises(CertificateAway, match=type(error).__name__):
        download(URL, host(error=error)[0])


def test_an_issuer_is_downloaded_from_paypals_ca():
    transport, asked = host(body=b"der")

    assert download_issuer(ISSUER, transport) == b"der"
    assert asked == [ISSUER]


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/x.crt",
        "http://cacerts.digicert.com.evil.example/x.crt",
        "http://cacerts.digicert.com:8080/x.crt",
        "http://user@cacerts.digicert.com/x.crt",
        "http://cacerts.digicert.com/a/x.crt",
        "http://169.254.169.254/latest",
        "ldap://cacerts.digicert.com/x.crt",
        "",
    ],
)
def test_an_issuer_anywhere_else_is_not_asked(url):
    transport, asked = host()

    with pytest.raises(SignatureMismatch, match="unknown host"):
        download_issuer(url, transport)
    assert asked == []
