"""What publishing costs a writer: the change of a record with and without its outbox row, by eight writers at once.

*SQL*: the statements of a register's change on bare asyncpg, A with the INSERT into the outbox, B without it. *Whole
path*: the same change through the shared library, A with `outbox.publish` (which locks, reads, validates and encodes
the public state and raises the event version), B with the commit alone.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from aep_registry.initiatives.register import INITIATIVES
from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import Grant, InitiativeRecord
from aep_shared.database import Database
from aep_shared.flow import outbox
from aep_shared.ids import new_id
from aep_shared.registers import service as records
from aep_shared.registers.schemas import changes_to
from tests.bench import documents, engines
from tests.bench.harness import Arm, Measure, Protocol, Row, compare
from tests.bench.ratios import Goal
from tests.bench.rivals.register import change_record

GOAL = Goal(0.85)
WRITERS = 8
CHANGES = changes_to(InitiativeRecord)
RECORDS_A_WRITER = 100

Change = Callable[[str, str], Awaitable[None]]
"""Gives the record with this slug this summary, in one transaction."""


async def run(protocol: Protocol) -> list[Row]:
    async with (
        engines.postgres("registry") as database,
        _pool(database) as pool,
        engines.connected(database) as control,
    ):
        await _fill(control)
        ours = await compare(
            "write cost, SQL",
            "transactions/s",
            Arm("with the outbox row", _measured(control, _sql(pool, publishes=True), publishes=True)),
            [(Arm("without", _measured(control, _sql(pool, publishes=False), publishes=False)), GOAL)],
            protocol,
        )
        return ours + await compare(
            "write cost, whole path",
            "transactions/s",
            Arm("with publishing", _measured(control, _library(database, publishes=True), publishes=True)),
            [(Arm("commit only", _measured(control, _library(database, publishes=False), publishes=False)), None)],
            protocol,
        )


@asynccontextmanager
async def _pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database.dsn, min_size=WRITERS, max_size=WRITERS) as pool:
        yield pool


async def _fill(control: asyncpg.Connection) -> None:
    slugs = [(new_id(), slug) for n in range(WRITERS) for slug in _slugs(n)]
    rows = [(key, documents.as_json(documents.record_document(slug))) for key, slug in slugs]
    await control.executemany("INSERT INTO initiatives (id, public) VALUES ($1, $2)", rows)
    await control.executemany("INSERT INTO record_slugs (type, slug, id) VALUES ('initiative', $2, $1)", slugs)


def _slugs(writer: int) -> list[str]:
    """The records of one writer: two writers never wait for the same row."""
    return [f"initiative-{writer}-{number}" for number in range(RECORDS_A_WRITER)]


def _sql(pool: asyncpg.Pool, *, publishes: bool) -> Change:
    async def change(slug: str, summary: str) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await change_record(connection, slug, summary, publishes=publishes)

    return change


def _library(database: Database, *, publishes: bool) -> Change:
    actor = Actor(new_id(), (Grant(role="operator"),))

    async def change(slug: str, summary: str) -> None:
        fields = CHANGES.model_validate({"summary": {"en": summary}})
        async with database.transaction() as session:
            await records.change(session, actor, INITIATIVES, slug, fields, None)
            if publishes:
                await outbox.publish(session)

    return change


def _measured(control: asyncpg.Connection, change: Change, *, publishes: bool) -> Measure:
    async def measure(seconds: float) -> float:
        # Both sides start without what the other one left: as the relay empties the outbox, and no dead rows.
        await control.execute("TRUNCATE outbox, audit")
        await control.execute("VACUUM initiatives")
        before = await _counts(control)
        started = time.perf_counter()
        done = sum(await asyncio.gather(*(_write(change, writer, started + seconds) for writer in range(WRITERS))))
        elapsed = time.perf_counter() - started
        changed = await _counts(control)
        expected = _Counts(before.revisions + done, done, done if publishes else 0)
        assert changed == expected, f"{done} changes were counted, the database has {changed}, not {expected}"
        return done / elapsed

    return measure


async def _write(change: Change, writer: int, until: float) -> int:
    for done, slug in enumerate(itertools.cycle(_slugs(writer))):
        if time.perf_counter() >= until:
            return done
        await change(slug, f"Change {done} of a writer, as long as a short summary of what was done.")
    raise AssertionError


@dataclass(frozen=True, slots=True)
class _Counts:
    """What the changes left behind; equal to what was counted, or the figure is worth nothing."""

    revisions: int
    audit: int
    outbox: int


async def _counts(control: asyncpg.Connection) -> _Counts:
    row = await control.fetchrow(
        "SELECT (SELECT sum(revision) FROM initiatives), (SELECT count(*) FROM audit), (SELECT count(*) FROM outbox)"
    )
    assert row
    return _Counts(*(int(value) for value in row))
