"""Typed columns: a document goes in as its model and comes out as its model, and states are checked by the database."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ARRAY, Column, Text, Uuid, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from sqlmodel import Field, SQLModel

from aep_shared.contracts.base import LanguageMap
from aep_shared.contracts.registry import GroupRecord, Member
from aep_shared.database import Database
from aep_shared.database.tables import Document, StoredDocumentUnfit, moment, of_document, one_of, own_tables, table_of
from tests.shared.tables import Group

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
COLUMN: Document[GroupRecord] = Document(GroupRecord)
GROUP = GroupRecord(
    slug="circle", kind="council", name={"en": "Circle"}, members=[Member(partner="isle", role="chair")]
)


def test_a_document_goes_in_as_json_and_comes_out_as_it_was() -> None:
    stored = COLUMN.process_bind_param(GROUP, DIALECT)
    assert stored == GROUP.model_dump(mode="json")
    assert COLUMN.process_result_value(stored, DIALECT) == GROUP


def test_none_stays_none() -> None:
    assert COLUMN.process_bind_param(None, DIALECT) is None
    assert COLUMN.process_result_value(None, DIALECT) is None


@pytest.mark.parametrize(
    "value", [{}, {"slug": "circle"}, "circle", 7, GROUP.model_dump(), Member(partner="isle", role="chair")]
)
def test_nothing_but_its_model_goes_in(value: Any) -> None:
    with pytest.raises(TypeError, match="this column takes GroupRecord"):
        COLUMN.process_bind_param(value, DIALECT)


def test_what_an_older_version_left_out_has_its_default_and_what_a_newer_one_added_is_left_out() -> None:
    bare = {"slug": "circle", "kind": "council", "name": {"en": "Circle"}}
    found = COLUMN.process_result_value({**bare, "a_field_to_come": 1}, DIALECT)
    assert found == GroupRecord.model_validate(bare)


@pytest.mark.parametrize("stored", [{}, {"slug": "circle"}, [], "text", {"slug": "No Slug", "kind": "x", "name": {}}])
def test_what_no_longer_fits_is_our_fault_and_says_of_which_model(stored: Any) -> None:
    with pytest.raises(StoredDocumentUnfit, match="a stored GroupRecord"):
        COLUMN.process_result_value(stored, DIALECT)


class Light(StrEnum):
    RED = "red"
    AMBER_AND_RED = "amber-and-red"


class Box(BaseModel):
    model_config = ConfigDict(frozen=True)
    colour: str
    names: LanguageMap = {}


class Tables(SQLModel, registry=own_tables()):
    """The base of one table of this test."""


class Crossing(Tables, table=True):
    __tablename__ = "crossings"
    __table_args__: ClassVar[Any] = ()

    id: int = Field(primary_key=True)
    light: Light = Field(sa_type=one_of(Light, "light"))
    box: Box = Field(sa_type=Document(Box))
    colour: str | None = of_document("colour", "box")
    people: list[str] = Field(sa_type=ARRAY(Uuid))
    seen_at: datetime | None = moment()


def test_states_are_text_with_a_check_made_of_their_values() -> None:
    said = str(CreateTable(table_of(Crossing)).compile(dialect=DIALECT))
    assert "light VARCHAR(40)" in said
    assert "CONSTRAINT crossings_light_check CHECK (light IN ('red', 'amber-and-red'))" in said
    assert "CONSTRAINT crossings_pkey PRIMARY KEY (id)" in said


def test_what_lists_filter_by_is_worked_out_by_the_database() -> None:
    column = table_of(Crossing).c.colour
    assert column.computed is not None
    assert (str(column.computed.sqltext), column.computed.persisted) == ("box ->> 'colour'", True)
    assert isinstance(column.type, Text)


def test_each_service_has_tables_of_its_own() -> None:
    assert own_tables().metadata is not own_tables().metadata
    assert "crossings" not in Group.metadata.tables
    assert isinstance(table_of(Group).c.id, Column)


async def test_a_row_that_changes_is_a_new_revision_of_now(database: Database) -> None:
    async with database.transaction() as session:
        row = Group(public=GROUP)
        session.add(row)
        await session.flush()
        assert (row.revision, row.event_version, row.deleted_at, row.slug) == (1, 0, None, "circle")
        first = row.stored_at
        row.public = row.public.model_copy(update={"slug": "ring"})
        row.changed()
        await session.flush()
        assert (row.revision, row.slug) == (2, "ring")
        assert row.stored_at > first
    async with database.reading() as session:
        (found,) = (await session.scalars(select(Group))).all()
        assert (found.revision, found.slug, found.public) == (2, "ring", row.public)
