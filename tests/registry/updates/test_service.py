"""Updates on the database: rules hold on the locked row, tokens are limited, what was discarded is forgotten."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from aep_registry.initiatives.register import INITIATIVES
from aep_registry.updates import repository, service
from aep_registry.updates.schemas import UpdateChange, UpdateIn
from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import Grant, InitiativeRecord
from aep_shared.database import Database
from aep_shared.errors import Forbidden, NotFound
from aep_shared.registers import service as records
from aep_shared.service.housekeeping import clear
from tests.registry.conftest import Registry
from tests.shared.flowing import until

COORDINATOR = Grant(role="coordinator", initiative="harbour-lab")


def actor(*grants: Grant, scopes: frozenset[str] | None = None, subject: UUID | None = None) -> Actor:
    return Actor(subject or uuid4(), grants, scopes)


@pytest.fixture
async def database(registry: Registry) -> Database:
    made = registry.platform.database
    record = InitiativeRecord.model_validate({"slug": "harbour-lab", "title": {"en": "Lab"}, "status": "running"})
    async with made.transaction() as session:
        await records.upsert(session, actor(Grant(role="officer")), INITIATIVES, record)
    return made


async def written(database: Database, author: Actor) -> UUID:
    given = UpdateIn.model_validate(
        {"about": {"type": "initiative", "slug": "harbour-lab"}, "title": {"en": "A"}, "text": {"en": "B"}}
    )
    async with database.transaction() as session:
        return UUID(str((await service.create(session, author, given)).id))


async def test_an_author_does_not_withdraw_what_is_approved_meanwhile(database: Database) -> None:
    author, officer = actor(COORDINATOR), actor(Grant(role="officer"))
    update = await written(database, author)
    async with database.transaction() as session:
        await service.submit(session, author, update, None)

    async def withdraw() -> None:
        async with database.transaction() as session:
            await service.withdraw(session, author, update, None)

    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with database.reading() as watcher:
        async with database.transaction() as session:
            await service.approve(session, officer, update, None)
            withdrawing = asyncio.create_task(withdraw())
            await until(lambda: watcher.scalar(waiting))
        with pytest.raises(Forbidden):
            await withdrawing
        assert await watcher.scalar(text("SELECT state FROM updates")) == "approved"


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"reader"}), frozenset({"focal-point"})])
async def test_a_limited_token_reaches_no_draft_of_its_owner(database: Database, scopes: frozenset[str]) -> None:
    author = actor(COORDINATOR)
    limited = actor(COORDINATOR, scopes=scopes, subject=author.subject)
    update = await written(database, author)
    async with database.transaction() as session:
        for use_case in (service.submit, service.withdraw, service.take_back, service.restore):
            with pytest.raises(NotFound):
                await use_case(session, limited, update, None)
        with pytest.raises(NotFound):
            await service.change(session, limited, update, UpdateChange(kind="news"), None)
        row = await repository.find(session, update)
        assert row is not None
        assert not service.visible(row, limited)
        allowed = actor(COORDINATOR, scopes=frozenset({"coordinator"}), subject=author.subject)
        await service.submit(session, allowed, update, None)


async def test_what_was_discarded_is_forgotten_after_28_days_and_nothing_else(database: Database) -> None:
    author, officer = actor(COORDINATOR), actor(Grant(role="officer"))
    discarded, recent, withdrawn, draft = [await written(database, author) for _ in range(4)]
    async with database.transaction() as session:
        for update in (discarded, recent):
            await service.withdraw(session, author, update, None)
        await service.submit(session, author, withdrawn, None)
        await service.approve(session, officer, withdrawn, None)
        await service.withdraw(session, officer, withdrawn, None)
        await session.execute(
            text("UPDATE updates SET stored_at = stored_at - interval '29 days' WHERE id <> :id"), {"id": recent}
        )
    await clear(database, repository.FORGETS)
    async with database.reading() as session:
        left = set(await session.scalars(text("SELECT id FROM updates")))
    assert left == {recent, withdrawn, draft}
