"""`bursar audit verify` tells in one exit code whether the audit log is what was sealed."""

import pytest

from bursar.cli.exits import ExitCode
from tasks import maintenance
from tests.cli.books import paid_course
from tests.support.factories import tamper, value

pytestmark = pytest.mark.postgres


def test_a_log_that_nobody_touched_is_verified(bursar, database_url):
    paid_course()
    maintenance.seal()

    answer = bursar("audit", "verify")

    assert answer.code == 0
    assert "1 block verified, none broken" in answer.out


def test_a_changed_row_ends_with_6_and_names_its_block(bursar, database_url):
    paid_course()
    maintenance.seal()
    tamper("UPDATE audit_log SET actor = 'somebody else'")

    answer, told = bursar("audit", "verify"), bursar("audit", "verify", "--json")

    assert answer.code == told.code == ExitCode.BROKEN
    assert "block 1 is broken: a row of it was changed" in answer.out
    assert (told.json["broken_block"], told.json["blocks"]) == (1, 0)


def test_a_chain_that_was_written_anew_does_not_have_the_hash_that_was_noted(bursar, database_url):
    paid_course()
    maintenance.seal()
    noted = value("SELECT encode(hash, 'hex') FROM audit_blocks")
    assert bursar("audit", "verify", "--expect", noted).code == 0

    tamper("DELETE FROM audit_blocks")
    tamper("UPDATE audit_log SET actor = 'somebody else'")
    maintenance.seal()

    answer = bursar("audit", "verify", "--expect", noted)
    assert answer.code == ExitCode.BROKEN
    assert "no block has the expected hash" in answer.out
