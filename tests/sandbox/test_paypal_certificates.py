import stat

import pytest

from bursar.errors import Misconfigured
from bursar.gateways.paypal.certificates import SANDBOX_FILE, SANDBOX_URL
from bursar.gateways.paypal.trust import pinned
from bursar.sandbox.paypal_certificates import KEY_FILE, keep_identity, read_identity


def test_a_folder_keeps_the_identity_that_was_made_for_it(tmp_path):
    made = keep_identity(tmp_path)

    assert keep_identity(tmp_path).pem == read_identity(tmp_path).pem == made.pem
    assert made.url == SANDBOX_URL
    assert pinned((tmp_path / SANDBOX_FILE).read_bytes()).made(made.sign(b"message"), b"message")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([KEY_FILE, SANDBOX_FILE])


def test_nobody_else_can_read_its_key(tmp_path):
    keep_identity(tmp_path)

    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("name", [KEY_FILE, SANDBOX_FILE])
def test_a_folder_without_both_files_has_no_identity_and_says_what_makes_one(tmp_path, name):
    keep_identity(tmp_path)
    (tmp_path / name).unlink()

    with pytest.raises(Misconfigured, match="run `bursar up`"):
        read_identity(tmp_path)


def test_a_file_that_holds_no_key_is_no_identity(tmp_path):
    keep_identity(tmp_path)
    (tmp_path / KEY_FILE).write_text("no key")

    with pytest.raises(Misconfigured, match="run `bursar up`"):
        read_identity(tmp_path)
