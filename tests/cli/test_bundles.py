"""`bursar documents bundle` and `save`: files in a folder, or a promise of workers."""

import zipfile

import pytest
import redis

from bursar.cli.bundles import FIELDS
from bursar.cli.exits import ExitCode
from tasks.documents import bundle_documents, render_documents
from tests.support.factories import value
from tests.tasks.test_documents import payments

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder(database_url, variables, tmp_path):
    variables(BURSAR_VAR=str(tmp_path / "var"))
    payments(3)
    render_documents()
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_a_bundle_is_made_here_and_saved(bursar, folder):
    told = bursar("documents", "bundle", "--format", "zip", "--to", folder, "--json").json

    assert tuple(told) == FIELDS
    assert (told["state"], told["files"], told["documents"], told["left_out"]) == ("done", 1, 3, 0)
    [path] = folder.iterdir()
    assert [str(path)] == told["saved"]
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 4

    path.write_bytes(b"mine")
    again = bursar("documents", "save", told["id"], "--to", folder)
    assert again.code == 0
    assert path.read_bytes() == b"mine"


def test_without_a_folder_workers_make_it_and_it_is_saved_later(bursar, folder, broker_url):
    customer = str(value("SELECT external_ref FROM customers"))
    told = bursar("documents", "bundle", "--format", "pdf", "--customer", customer, "--json").json
    assert (told["state"], told["saved"]) == ("pending", [])
    with redis.Redis.from_url(broker_url) as client:
        assert client.llen("bursar:documents") == 1

    bundle_documents()

    assert bursar("documents", "save", told["id"], "--to", folder).out.rstrip().endswith(".pdf")
    [path] = folder.iterdir()
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("bundle", "--format", "tar"), ExitCode.USAGE),
        (("bundle", "--format", "zip", "--to", "/nowhere"), ExitCode.USAGE),
        (("bundle", "--format", "zip", "--customer", "nobody"), ExitCode.REFUSED),
        (("save", "0192f0c1-7d3e-7000-8000-123456789012"), ExitCode.REFUSED),
        (("save", "x"), ExitCode.USAGE),
    ],
)
def test_what_cannot_be_bundled_is_refused(bursar, folder, words, code):
    assert bursar("documents", *words).code == code
    assert value("SELECT count(*) FROM bundles") == 0
