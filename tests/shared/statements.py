"""Statements that a test runs on a service's database beside the service."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import event, text

from aep_shared.database import Database


@contextlib.contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that a database is asked within the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def run(database: Database, statement: str, **arguments: Any) -> None:
    """Runs a statement in a transaction of its own."""
    async with database.connection() as connection:
        await connection.execute(text(statement), arguments)


async def rows(database: Database, statement: str, **arguments: Any) -> Sequence[Any]:
    """What a statement finds."""
    async with database.reading() as session:
        return (await session.execute(text(statement), arguments)).all()


async def values(database: Database, statement: str, **arguments: Any) -> list[Any]:
    """The first column of what a statement finds."""
    return [row[0] for row in await rows(database, statement, **arguments)]
