"""Copies of a service's database, as somebody makes them for a trial or restores them from a backup."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator

import asyncpg
from sqlalchemy.engine import make_url

from aep_shared.database import Database


@contextlib.asynccontextmanager
async def copy_of(database: Database) -> AsyncIterator[Database]:
    """A database with everything that the other one has; it is dropped at the end of the block."""
    await database.engine.dispose()
    url = make_url(database.dsn)
    name = f"copy_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(_dsn(url.set(database="postgres")))
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"')
        copy = Database(_dsn(url.set(database=name)))
        yield copy
        await copy.close()
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


def _dsn(url: object) -> str:
    return url.render_as_string(hide_password=False)  # type: ignore[attr-defined, no-any-return]
