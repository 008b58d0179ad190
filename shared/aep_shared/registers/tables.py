"""What the tables of all registers have in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlmodel import Field

from aep_shared.contracts.base import RegisterRecord
from aep_shared.database.tables import Root, of_document


class Registered(Root):
    """A row of a register: the document that is published, and beside it what is the service's own.

    A table class says of which model its documents are, and has a column of the same name for each of their fields
    that its list filters by.
    """

    slug: str = of_document("slug")
    public: RegisterRecord
    removal_reason: str | None = Field(default=None, sa_type=Text)
    """Why it was removed, where `deleted_at` is set; whoever asks for it is told."""


def register_indexes(table: str) -> tuple[Any, ...]:
    """The indexes of a register, for `__table_args__`."""
    return (Index(f"{table}_by_slug", "slug", unique=True), Index(f"{table}_by_time", "stored_at"))


slug_tables = MetaData()
SLUGS = Table(
    "record_slugs",
    slug_tables,
    Column("type", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("id", Uuid(as_uuid=True), nullable=False),
)
"""Every slug that a record has or had: its former addresses redirect, and are never given to another record."""
