"""Names of records: an id is one, a slug never looks like one, and every slug that a record had finds it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col

from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import GroupRecord
from aep_shared.database import Database
from aep_shared.registers import repository, service
from aep_shared.registers.repository import is_id
from tests.shared.tables import Group, register

REGISTER = register()
KNOWN = "01980000-0000-7000-8000-0000000000ab"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (KNOWN, True),
        (KNOWN.upper(), KNOWN.upper() == KNOWN),
        (KNOWN.replace("-", ""), False),
        (f"{{{KNOWN}}}", False),
        (f"urn:uuid:{KNOWN}", False),
        (KNOWN[:-1], False),
        ("harbours", False),
        ("", False),
    ],
)
def test_an_id_is_written_in_one_way(name: str, *, expected: bool) -> None:
    assert is_id(name) is expected


def record(slug: str, *former: str) -> GroupRecord:
    fields = {"slug": slug, "former_slugs": former, "kind": "council", "name": {"en": "A council"}}
    return GroupRecord.model_validate(fields)


async def imported(database: Database, *records: GroupRecord) -> None:
    async with database.transaction() as session:
        for one in records:
            await service.upsert(session, Actor(), REGISTER, one)


async def found(database: Database, name: str) -> str | None:
    async with database.reading() as session:
        row = await repository.find(session, Group, "group", name)
        return None if row is None else row.slug


async def test_a_record_is_found_by_each_of_its_names_and_by_its_id(database: Database) -> None:
    await imported(database, record("harbours"), record("others"))
    await imported(database, record("ports", "harbours"), record("havens", "ports"))
    async with database.reading() as session:
        row = await repository.find(session, Group, "group", "havens")
        assert row is not None
    for name in ("harbours", "ports", "havens", str(row.id)):
        assert await found(database, name) == "havens"
    for name in ("nowhere", KNOWN, "HAVENS", ""):
        assert await found(database, name) is None


async def test_a_slug_of_another_kind_of_record_is_nobodys_here(database: Database) -> None:
    await imported(database, record("harbours"))
    async with database.reading() as session:
        assert await repository.find(session, Group, "partner", "harbours") is None


async def test_what_names_a_record_by_any_slug_is_found_by_any(database: Database) -> None:
    await imported(database, record("harbours"), record("others"))
    await imported(database, record("ports", "harbours"))
    async with database.reading() as session:
        for asked, slugs in (("harbours", ["ports"]), ("ports", ["ports"]), ("others", ["others"]), ("nowhere", [])):
            names = repository.names_record(col(Group.slug), "group", asked)
            assert list(await session.scalars(select(col(Group.slug)).where(names))) == slugs


async def test_slugs_are_claimed_for_ever_and_by_one(database: Database) -> None:
    mine, other = uuid4(), uuid4()
    async with database.transaction() as session:
        assert await repository.claim(session, "group", mine, ["a", "b", "a"]) is None
        assert await repository.claim(session, "group", mine, ["a"]) is None
        assert await repository.claim(session, "group", other, ["c", "b", "a"]) == "a"
        assert await repository.claim(session, "partner", other, ["a"]) is None


async def test_what_is_locked_by_slugs_is_what_has_them_now(database: Database) -> None:
    await imported(database, record("harbours"), record("others"))
    await imported(database, record("ports", "harbours"))
    async with database.transaction() as session:
        locked = await repository.lock_by_slugs(session, Group, ["harbours", "ports", "others", "nowhere"])
        assert sorted(locked) == ["others", "ports"]
