"""What every table shares: names of constraints, column types, ids and times."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, CheckConstraint, DateTime, MetaData, Text, Uuid, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

from bursar.ids import new_id

Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
Minor = Annotated[int, mapped_column(BigInteger)]
"""An amount in minor units of the row's currency."""
Currency = Annotated[str, mapped_column(CHAR(3))]
UtcTime = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


ROOM_FOR_ONE_MORE = {"postgresql_with": {"fillfactor": "50"}}
"""For tables whose rows are written once more when money comes: the second version finds room beside the first,
and no index hears of it."""


class Base(DeclarativeBase):
    """The registry of all tables."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {str: Text, UUID: Uuid, datetime: DateTime(timezone=True)}  # noqa: RUF012 - declared by SQLAlchemy


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """A CHECK that a text column holds a word of the enum; a test keeps both equal."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def check(condition: str, name: str) -> CheckConstraint:
    """A CHECK whose name says what is true of every row."""
    return CheckConstraint(condition, name=name)


JsonObject = dict[str, Any]
