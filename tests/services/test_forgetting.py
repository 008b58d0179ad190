"""What is over is forgotten after its time, and nothing else: statements of the registry and of notifications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from aep_notifications.app import build as build_notifications
from aep_notifications.mailbox.service import FORGETS as OF_MAILBOX
from aep_notifications.subscriptions.repository import FORGETS as OF_SUBSCRIPTIONS
from aep_registry.identity.repository import FORGETS as OF_IDENTITY
from aep_shared import housekeeping
from aep_shared.db import Database
from tests.conftest import NewDatabase
from tests.services.conftest import Registry


@pytest.fixture
async def notifications(new_database: NewDatabase) -> AsyncIterator[Database]:
    platform, _ = build_notifications(
        {
            "AEP_NOTIFICATIONS_DATABASE_URL": await new_database("notifications"),
            "AEP_EVENT_LOG_URL": await new_database("log"),
        }
    )
    await platform.migrate()
    yield platform.database
    await platform.database.close()


async def _add(database: Database, statement: str, **arguments: Any) -> None:
    async with database.connection() as connection:
        await connection.execute(text(statement), arguments)


async def _left(database: Database, statement: str) -> list[Any]:
    async with database.reading() as session:
        return list((await session.execute(text(statement))).scalars())


async def test_sign_ins_sessions_and_tokens_are_forgotten_when_they_are_over(registry: Registry) -> None:
    await registry.sign_in("officer@secretariat.example", "officer")
    database = registry.platform.database
    for name, age in (("old", "31 days"), ("recent", "1 hour"), ("valid", "-1 hour")):
        ended = f"clock_timestamp() - interval '{age}'"
        await _add(database, "INSERT INTO sign_ins (link_hash, code_hash, subject, expires_at)"
                             f" SELECT CAST(:name AS bytea), '', id, {ended} FROM subjects LIMIT 1",
                   name=name.encode())  # fmt: skip
        await _add(database, "INSERT INTO api_tokens (id, subject, expires_at)"
                             f" SELECT :name, id, {ended} FROM subjects LIMIT 1", name=name)  # fmt: skip
        await _add(database, "INSERT INTO sessions (subject, secret_hash, expires_at, ended_at)"
                             " SELECT id, CAST(:name AS bytea), clock_timestamp() + interval '1 day',"
                             f" {ended} FROM subjects LIMIT 1", name=name.encode())  # fmt: skip
    await housekeeping.clear(database, OF_IDENTITY)
    names = "('old', 'recent', 'valid')"
    for table, column in (("sign_ins", "link_hash"), ("sessions", "secret_hash"), ("api_tokens", "id")):
        # Escaped, because the hash of a secret may hold any byte, also one that no text holds.
        shown = column if table == "api_tokens" else f"encode({column}, 'escape')"
        left = await _left(database, f"SELECT {shown} FROM {table} WHERE {shown} IN {names} ORDER BY 1")
        assert left == ["recent", "valid"], table
    # Somebody who is signed in stays so.
    assert len(await _left(database, "SELECT id FROM sessions WHERE ended_at IS NULL")) == 1


async def test_addresses_that_nobody_confirmed_are_forgotten(notifications: Database) -> None:
    people = {
        "old": ("pending", 8),
        "recent": ("pending", 6),
        "asked-again": ("pending", 8),
        "reader": ("confirmed", 99),
    }
    for name, (state, days) in people.items():
        await _add(notifications, "INSERT INTO subscribers (email, languages, frequency, state, token, requested_at)"
                                  " VALUES (:name, '{en}', 'weekly', :state, :name,"
                                  " clock_timestamp() - make_interval(days => :days))",
                   name=name, state=state, days=days)  # fmt: skip
    await _add(notifications, "INSERT INTO confirmations (token_hash, subscriber, languages, frequency, lists,"
                              " expires_at) SELECT '', id, '{en}', 'weekly', '{}', clock_timestamp() + interval '1 day'"
                              " FROM subscribers WHERE email = 'asked-again'")  # fmt: skip
    await _add(notifications, "INSERT INTO mailbox (sender, recipient, raw, received_at)"
                              " SELECT 's', name, '', clock_timestamp() - make_interval(days => days)"
                              " FROM (VALUES ('old', 31), ('recent', 29)) AS mails (name, days)")  # fmt: skip
    await housekeeping.clear(notifications, (*OF_SUBSCRIPTIONS, *OF_MAILBOX))
    assert await _left(notifications, "SELECT email FROM subscribers ORDER BY 1") == ["asked-again", "reader", "recent"]
    assert await _left(notifications, "SELECT recipient FROM mailbox") == ["recent"]
