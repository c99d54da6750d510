"""Who did what, and why: one line per row, for ever."""

from collections.abc import Mapping
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session


def audit(
    session: Session, *, actor: str, verb: str, subjects: Mapping[UUID, str], detail: Mapping[str, str]
) -> None:
    """Write who did what: `event.replayed`, `email.discarded`, one line per row."""
    session.execute(
        text(
            """INSERT INTO audit_log (actor, action, subject_type, subject_id, detail)
               SELECT :actor, subject || '.' || :verb, subject, id, CAST(:detail AS jsonb)
               FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS text[])) AS n(id, subject)"""
        ),
        {
            "actor": actor,
            "verb": verb,
            "detail": orjson.dumps(dict(detail)).decode(),
            "ids": list(subjects),
            "subjects": list(subjects.values()),
        },
    )
