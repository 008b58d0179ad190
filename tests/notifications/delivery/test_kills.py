"""The process that sends is killed at the moments that matter: nobody gets two mails, who may have none is named."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from aep_notifications.delivery import service
from aep_shared.database import Database
from tests.notifications.newsletters import (
    OFFICER,
    approved,
    assembled,
    deliver,
    finished,
    in_state,
    readers,
    sender,
    sent,
)
from tests.shared.flowing import running, until
from tests.shared.smtp import Smtp, smtp_server
from tests.shared.statements import values


@contextlib.asynccontextmanager
async def _process(
    database: Database, server: Smtp, point: str, name: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.notifications.delivery.killed_sender",
        database.dsn,
        server.url,
        point,
        name,
        stdout=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parents[3],
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _queued(database: Database, count: int) -> list[str]:
    await approved(database, "one")
    addresses = await readers(database, count)
    await sent(database, await assembled(database))
    return addresses


@pytest.mark.parametrize(
    ("point", "doubtful", "delivered"),
    [("before-commit", 0, 0), ("committed", 2, 0), ("dot-sent", 2, 1), ("replied", 2, 2)],
)
async def test_a_kill_at_each_point_doubles_no_mail_and_names_whoever_is_in_doubt(
    notifications: Database, point: str, doubtful: int, delivered: int
) -> None:
    """`delivered` are those in doubt of whom the server has the mail, at least."""
    addresses = await _queued(notifications, 6)
    async with smtp_server() as server:
        async with _process(notifications, server, point, "SIGKILL") as process:
            assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
        await deliver(notifications, server)
        named = await in_state(notifications, "in-doubt")
        assert len(named) == doubtful
        assert len(server.readers) == len(set(server.readers))
        assert set(server.readers) | set(named) == set(addresses)
        assert len(set(server.readers) & set(named)) >= delivered
        if point == "committed":
            assert set(server.readers) & set(named) == set()


async def test_who_is_in_doubt_gets_it_again_when_a_person_says_so(notifications: Database) -> None:
    addresses = await _queued(notifications, 4)
    (issue,) = await values(notifications, "SELECT id FROM issues")
    async with smtp_server() as server:
        async with _process(notifications, server, "committed", "SIGKILL") as process:
            await asyncio.wait_for(process.wait(), 60)
        await deliver(notifications, server)
        async with notifications.transaction() as session:
            again, left = await service.deliveries(session, OFFICER, issue, "in-doubt")
            await service.send_again(session, OFFICER, issue, again.subscriber)
            await service.leave(session, OFFICER, issue, left.subscriber)
        await deliver(notifications, server)
        assert server.readers == [address for address in addresses if address != left.email]
        assert await in_state(notifications, "left") == [left.email]
        await approved(notifications, "two", "2026-03-01T00:00:00Z")
        await sent(notifications, await assembled(notifications))
        await deliver(notifications, server)
        (mail,) = server.to(left.email)
        assert "text of one" not in str(mail)


async def test_a_sender_that_stopped_between_commit_and_mail_sends_nothing_when_it_goes_on(
    notifications: Database,
) -> None:
    """Another has taken over, and its mails are in doubt by then: a person may have sent them again."""
    await _queued(notifications, 4)
    async with smtp_server() as server, _process(notifications, server, "committed", "SIGSTOP") as process:
        await until(partial(values, notifications, "SELECT 1 FROM deliveries WHERE state = 'committed'"), 60)
        async with running(sender(notifications, server).run):
            await until(partial(finished, notifications), 30)
            named = await in_state(notifications, "in-doubt")
            assert len(named) == 2
            os.kill(process.pid, signal.SIGCONT)
            leaders = (
                "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%-lock'"
                " AND datname = current_database()"
            )
            # It notices, starts over, and waits to lead on a new connection.
            await until(lambda: _is_two(notifications, leaders), 30)
        assert set(server.readers) & set(named) == set()


async def _is_two(database: Database, statement: str) -> bool:
    return bool((await values(database, statement))[0] == 2)
