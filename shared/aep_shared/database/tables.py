"""Tables as classes (SQLModel): documents in typed columns, and what every root of an aggregate has.

Each service has a registry of its own, because all of them may live in one process. No table class leaves its service,
none has relationships, and none loads anything by itself.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy import BigInteger, Computed, Dialect, Enum, FetchedValue, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from aep_shared.ids import new_id

M = TypeVar("M", bound=BaseModel)

_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}
"""The names that PostgreSQL gives by itself, so that tables and migrations agree on them."""


def own_tables() -> registry:
    """A registry of table classes for one service: all of them may live in one process."""
    return registry(metadata=MetaData(naming_convention=_NAMES))


class StoredDocumentUnfit(Exception):
    """A row holds a document that its model refuses: a fault of ours, never of whoever asks."""


class Document(TypeDecorator[M]):
    """A JSONB column that takes and gives one frozen model, and nothing else.

    A row of an older version gets the defaults of fields that it lacks, and loses those that the model dropped.
    """

    impl = JSONB
    cache_ok = True

    def __init__(self, model: type[M]) -> None:
        super().__init__(none_as_null=True)
        self.model = model

    def process_bind_param(self, value: M | None, dialect: Dialect) -> Any:
        if value is not None and not isinstance(value, self.model):
            raise TypeError(f"this column takes {self.model.__name__}, not {type(value).__name__}")
        return None if value is None else value.model_dump(mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> M | None:
        if value is None:
            return None
        try:
            return self.model.model_validate(value, extra="ignore")
        except ValidationError as problem:
            raise StoredDocumentUnfit(f"a stored {self.model.__name__}: {problem}") from problem


def of_document(field: str, column: str = "public") -> Any:
    """A column that always has the text of a field of a document, for lists that filter and sort by it."""
    computed = Computed(f"{column} ->> '{field}'", persisted=True)
    return Field(default=None, sa_type=Text, sa_column_args=[computed])


def table_of(model: type[SQLModel]) -> Table:
    """The table of a class, for statements that load no objects."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined]


def one_of(states: type[StrEnum], name: str = "state") -> Enum:
    """Text with a check constraint that holds the values of `states`."""
    return Enum(
        states,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )


def moment(**column: Any) -> Any:
    """A column that may be written as `database_now()`: its value comes back with the statement that wrote it."""
    return Field(default=None, sa_column_kwargs={"server_onupdate": FetchedValue(), **column})


class Returning(SQLModel):
    """What the tables of every service inherit: what the database computes comes back with what wrote the row."""

    __mapper_args__: ClassVar[Any] = {"eager_defaults": True}


class Root(Returning):
    """The root of an aggregate: what outbox, edge, lists and `If-Match` know of it."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    event_version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    stored_at: datetime = moment(server_default=func.clock_timestamp())
    deleted_at: datetime | None = moment()

    def changed(self) -> None:
        """Makes the row a new revision, as of now by the clock of the database."""
        self.revision += 1
        self.stored_at = database_now()


UNSEEN = {"synchronize_session": False}
"""Execution options of a statement that changes or removes rows of which no object is loaded."""


def database_now() -> datetime:
    """The moment by the clock of the database, for a column of a row that is written next."""
    return cast("datetime", func.clock_timestamp())
