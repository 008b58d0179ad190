"""Records: slugs that are never given away, fields that only an import sets, and writes that meet."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

from aep_shared.access.actor import Actor
from aep_shared.contracts import registry, topics
from aep_shared.database import Database
from aep_shared.errors import Forbidden, NotFound
from aep_shared.registers import service as records
from aep_shared.registers.errors import FieldNotAllowed, SlugTaken
from aep_shared.registers.schemas import changes_to
from tests.shared.tables import GROUPS, Group, register

KIND = register()
ACTOR = Actor()


def record(slug: str, *former: str, **fields: Any) -> registry.GroupRecord:
    given = {"slug": slug, "former_slugs": former, "kind": "working-group", "name": {"en": "A group"}, **fields}
    return registry.GroupRecord.model_validate(given)


async def imported(database: Database, *lines: registry.GroupRecord) -> list[str]:
    async with database.transaction() as session:
        return [await records.upsert(session, ACTOR, KIND, line) for line in lines]


def fields_of(**fields: Any) -> BaseModel:
    """What a client sends of a record."""
    return changes_to(registry.GroupRecord).model_validate(fields)


async def found(database: Database, name: str) -> Group:
    async with database.reading() as session:
        return await records.find(session, KIND, name)


async def test_of_two_creates_of_one_slug_at_once_one_is_refused(database: Database) -> None:
    async def create() -> object:
        async with database.transaction() as session:
            return await records.create(session, ACTOR, KIND, record("harbours"))

    outcomes = await asyncio.gather(*(create() for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SlugTaken) for outcome in outcomes) == 5


async def test_an_import_renames_there_back_and_there_again(database: Database) -> None:
    await imported(database, record("harbours"))
    first = await found(database, "harbours")
    for slug, former in (("ports", "harbours"), ("harbours", "ports"), ("ports", "harbours")):
        assert await imported(database, record(slug, former)) == ["changed"]
        row = await found(database, former)
        assert (row.id, row.slug, row.public.former_slugs) == (first.id, slug, [former])
    assert await imported(database, record("ports", "harbours")) == ["unchanged"]
    # What an import does not name is not forgotten.
    assert await imported(database, record("ports")) == ["unchanged"]


async def test_a_slug_once_used_is_never_given_to_another_record(database: Database) -> None:
    await imported(database, record("harbours"))
    await imported(database, record("ports", "harbours"), record("others"))
    for line in (record("harbours"), record("others", "harbours"), record("more", "harbours")):
        with pytest.raises(SlugTaken):
            await imported(database, line)
    async with database.transaction() as session:
        with pytest.raises(SlugTaken):
            await records.create(session, ACTOR, KIND, record("harbours"))
    assert (await found(database, "harbours")).slug == "ports"
    with pytest.raises(NotFound):
        await found(database, "more")


async def test_a_rename_and_a_create_of_its_old_slug_at_once(database: Database) -> None:
    """The old slug is the renamed record's, whoever comes first."""
    await imported(database, record("harbours"))
    async with database.transaction() as session:
        await records.upsert(session, ACTOR, KIND, record("ports", "harbours"))
        creating = asyncio.create_task(imported(database, record("harbours")))
        await asyncio.sleep(0)
    with pytest.raises(SlugTaken):
        await creating


async def test_the_public_state_carries_former_slugs(database: Database) -> None:
    await imported(database, record("harbours"))
    await imported(database, record("ports", "harbours"))
    row = await found(database, "ports")
    async with database.connection() as connection:
        state = (await GROUPS.read(connection, [row.id]))[row.id]
    assert topics.GROUP.model.model_validate(state).model_dump()["former_slugs"] == ["harbours"]


@pytest.mark.parametrize("fields", [{"slug": "ports"}, {"demo": True}, {"former_slugs": ["ports"]}])
async def test_only_an_import_sets_slug_demo_and_former_slugs(database: Database, fields: dict[str, Any]) -> None:
    await imported(database, record("harbours"))
    async with database.transaction() as session:
        with pytest.raises(FieldNotAllowed) as refused:
            await records.change(session, ACTOR, KIND, "harbours", fields_of(**fields), None)
        assert refused.value.extra == {"fields": list(fields)}
        # A client that sends back what it read changes nothing.
        unchanged = {"slug": "harbours", "demo": False, "former_slugs": []}
        await records.change(session, ACTOR, KIND, "harbours", fields_of(**unchanged), None)
        with pytest.raises(FieldNotAllowed):
            await records.create(session, ACTOR, KIND, record("new", "newer"))
        with pytest.raises(FieldNotAllowed):
            await records.create(session, ACTOR, KIND, record("new", demo=True))


async def test_a_change_is_checked_against_what_is_there_when_it_is_made(database: Database) -> None:
    """Somebody else's change comes between reading and locking; its state decides."""

    def of_working_groups(_actor: Actor, before: registry.GroupRecord, _after: registry.GroupRecord) -> None:
        if before.kind != "working-group":
            raise Forbidden()

    allowed = register(check_change=of_working_groups)
    await imported(database, record("harbours"))
    async with database.transaction() as first:
        await records.change(first, ACTOR, KIND, "harbours", fields_of(kind="council"), None)

        async def second() -> None:
            async with database.transaction() as session:
                await records.change(session, Actor(), allowed, "harbours", fields_of(kind="working-group"), None)

        changing = asyncio.create_task(second())
        async with database.reading() as watcher:
            await _until_waiting(watcher)
    with pytest.raises(Forbidden):
        await changing


async def _until_waiting(session: Any) -> None:
    from sqlalchemy import text

    from tests.shared.flowing import until

    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    await until(lambda: session.scalar(waiting))
