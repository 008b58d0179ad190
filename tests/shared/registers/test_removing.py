"""What is removed says why, is told to whoever follows, comes back within 30 days, and is revived by no import."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import GroupRecord
from aep_shared.database import Database
from aep_shared.errors import Forbidden, NotFound, PreconditionFailed, Unauthorised
from aep_shared.flow import outbox
from aep_shared.registers import service
from aep_shared.registers.errors import NotRemoved, RecordRemoved, RemovedForGood, SlugTaken
from tests.shared.flowing import outbox_rows
from tests.shared.tables import Group, register

REGISTER = register()
ACTOR = Actor()
REASON = "It was entered twice."


def record(slug: str, *former: str) -> GroupRecord:
    fields = {"slug": slug, "former_slugs": former, "kind": "council", "name": {"en": "A council"}}
    return GroupRecord.model_validate(fields)


async def imported(database: Database, *lines: GroupRecord) -> list[str]:
    async with database.transaction() as session:
        outcomes = [await service.upsert(session, ACTOR, REGISTER, line) for line in lines]
        await outbox.publish(session)
    return [str(outcome) for outcome in outcomes]


async def removed(database: Database, name: str = "harbours", revision: int | None = None) -> None:
    async with database.transaction() as session:
        await service.remove(session, ACTOR, REGISTER, name, REASON, revision)
        await outbox.publish(session)


async def restored(database: Database, name: str = "harbours") -> Group:
    async with database.transaction() as session:
        row = await service.restore(session, ACTOR, REGISTER, name)
        await outbox.publish(session)
    return row


async def found(database: Database, name: str) -> Group:
    async with database.reading() as session:
        return await service.find(session, REGISTER, name)


async def test_whoever_asks_for_it_is_told_when_and_why(database: Database) -> None:
    await imported(database, record("harbours", "ports"))
    await removed(database)
    for name in ("harbours", "ports"):
        with pytest.raises(RecordRemoved, match=rf"'harbours' was removed on 20\d\d-\d\d-\d\d: {REASON}") as gone:
            await found(database, name)
        assert gone.value.status == 410
    async with database.transaction() as session:
        # What was reported about it is still found by every slug.
        assert await service.present_slug(session, REGISTER, "ports") == "harbours"
        assert await service.present_slug(session, REGISTER, "nowhere") == "nowhere"


async def test_its_event_is_a_tombstone_and_that_of_its_return_its_state(database: Database) -> None:
    await imported(database, record("harbours"))
    await removed(database)
    row = await restored(database)
    first, gone, back = await outbox_rows(database)
    assert (gone.value, back.value) == (None, first.value)
    assert first.version < gone.version < back.version
    assert (row.slug, row.removal_reason, row.revision) == ("harbours", None, 3)
    assert (await found(database, "harbours")).id == row.id


async def test_it_is_removed_and_restored_once(database: Database) -> None:
    await imported(database, record("harbours"))
    with pytest.raises(NotRemoved):
        await restored(database)
    await removed(database)
    with pytest.raises(RecordRemoved):
        await removed(database)
    for step in (removed(database, "nowhere"), restored(database, "nowhere")):
        with pytest.raises(NotFound):
            await step


async def test_what_was_changed_since_it_was_read_is_not_removed(database: Database) -> None:
    await imported(database, record("harbours"))
    with pytest.raises(PreconditionFailed):
        await removed(database, revision=7)
    await removed(database, revision=1)


async def test_after_30_days_it_is_removed_for_good(database: Database) -> None:
    await imported(database, record("harbours"), record("others"))
    await removed(database)
    await removed(database, "others")
    async with database.connection() as connection:
        for slug, days in (("harbours", 30.01), ("others", 29.99)):
            ago = {"slug": slug, "days": days}
            statement = "UPDATE groups SET deleted_at = clock_timestamp() - :days * interval '1 day' WHERE slug = :slug"
            await connection.execute(text(statement), ago)
    with pytest.raises(RemovedForGood):
        await restored(database)
    await restored(database, "others")


async def test_an_import_leaves_it_removed_and_its_slugs_are_nobody_elses(database: Database) -> None:
    await imported(database, record("harbours"))
    await removed(database)
    assert await imported(database, record("harbours"), record("havens", "harbours")) == ["removed", "removed"]
    async with database.transaction() as session:
        with pytest.raises(SlugTaken):
            await service.create(session, ACTOR, REGISTER, record("harbours"))
    with pytest.raises(RecordRemoved):
        await found(database, "harbours")


@pytest.mark.parametrize(("who", "refusal"), [(Actor(), Unauthorised), (Actor(subject=Group().id), Forbidden)])
async def test_only_whoever_may_removes_and_restores(database: Database, who: Actor, refusal: type[Exception]) -> None:
    guarded = register(remove=lambda _actor: False)
    await imported(database, record("harbours"))
    async with database.transaction() as session:
        with pytest.raises(refusal):
            await service.remove(session, who, guarded, "harbours", REASON, None)
        with pytest.raises(refusal):
            await service.restore(session, who, guarded, "harbours")


async def test_an_import_that_would_give_a_removed_slug_away_is_refused(database: Database) -> None:
    await imported(database, record("harbours"), record("ports"))
    await removed(database)
    with pytest.raises(SlugTaken):
        await imported(database, record("harbours", "ports"))
    assert (await found(database, "ports")).slug == "ports"
