"""Connections on which nothing is answered any more, and what stands in front of the server."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from sqlalchemy import text

from aep_shared.contracts.topics import GROUP
from aep_shared.database import Database, NotADirectConnection, connections, is_away
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.relay import Relay
from tests.shared.consuming import append, group, make_journal, read_to_the_end, visible
from tests.shared.flowing import connected, event, insert_row, keys_in, keys_of, running, until
from tests.shared.network import network
from tests.shared.timing import FAST


async def test_a_relay_whose_connection_is_forgotten_by_a_firewall_goes_on_over_another(
    database: Database, log: PostgresEventLog
) -> None:
    async with network(database.dsn) as between, connected(database) as writer:
        reached = Database(between.dsn, call=FAST.request_timeout)
        async with running(Relay(reached, log, "registry", timing=FAST).run):
            await insert_row(writer, "before")
            await until(lambda: keys_of(log))
            between.forget()
            await insert_row(writer, "after")
            await until(lambda: writer.fetchval("SELECT published_to = 2 FROM relay_cursor"), 20)
        await reached.close()
    assert await keys_of(log) == ["before", "after"]


async def test_a_consumer_whose_connections_are_forgotten_by_a_firewall_goes_on_over_others(
    database: Database, log: PostgresEventLog
) -> None:
    await make_journal(database)
    first, second = keys_in(GROUP, 0, 2)
    async with network(database.dsn) as between:
        # A commit that is not answered is waited for as long as a statement may take.
        reached = Database(between.dsn, longest=1.0, call=FAST.request_timeout)
        async with running(group(reached, log).run):
            await append(log, event(GROUP, first, 1))
            await read_to_the_end(database, log)
            between.forget()
            await append(log, event(GROUP, second, 1))
            await until(lambda: _sees(database, second), 25)
        await reached.close()


async def _sees(database: Database, key: str) -> bool:
    return key in await visible(database)


async def test_a_statement_that_is_not_answered_ends_in_time_and_its_connection_is_given_up(database: Database) -> None:
    async with network(database.dsn) as between:
        reached = Database(between.dsn, pool_size=1, longest=1.0)
        asking = asyncio.ensure_future(_sleep(reached, 0.5))
        async with connected(database) as observer:
            await until(lambda: observer.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
        between.forget()
        done, _ = await asyncio.wait([asking], timeout=20)
        assert done, "it waits for ever"
        assert is_away(asking.exception() or AssertionError("it was answered"))
        await asyncio.wait_for(_sleep(reached, 0), 3)
        await reached.close()


async def test_a_commit_that_is_not_answered_ends_in_time_and_its_connection_is_given_up(database: Database) -> None:
    async with network(database.dsn) as between:
        reached = Database(between.dsn, pool_size=1, longest=1.0)

        async def commits() -> None:
            async with reached.connection() as connection:
                await connection.execute(text("SELECT 1"))
                between.forget()

        committing = asyncio.ensure_future(commits())
        done, _ = await asyncio.wait([committing], timeout=20)
        assert done, "it waits for ever"
        assert is_away(committing.exception() or AssertionError("it was answered"))
        await asyncio.wait_for(_sleep(reached, 0), 3)
        await reached.close()


async def test_connections_that_were_forgotten_are_not_tried_one_after_the_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PING_SECONDS", 1.0)
    async with network(database.dsn) as between:
        reached = Database(between.dsn, pool_size=8)
        await asyncio.gather(*(_sleep(reached, 0.3) for _ in range(8)))
        between.forget()
        started = time.monotonic()
        for _ in range(8):
            await _sleep(reached, 0)
        assert time.monotonic() - started < 5
        await reached.close()


async def _sleep(database: Database, seconds: float) -> None:
    async with database.connection() as connection:
        await connection.execute(text("SELECT pg_sleep(:s)"), {"s": seconds})


async def test_a_connection_over_tcp_is_ended_by_the_kernel_when_the_other_side_is_silent(database: Database) -> None:
    async with network(database.dsn) as between:
        reached = Database(between.dsn)
        connection = await reached.raw()
        found = connection._transport.get_extra_info("socket")
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
        assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        connection.terminate()
        await reached.close()


async def test_a_pooler_in_front_of_the_server_is_refused(database: Database) -> None:
    await database.answers()
    async with network(database.dsn) as between:
        await Database(between.dsn).answers()
        between.pooling = True
        with pytest.raises(NotADirectConnection, match="pooler"):
            await Database(between.dsn).answers()


async def test_a_pool_of_its_own_works_while_another_is_used_up_and_wakes_the_same_loops(database: Database) -> None:
    requests = Database(database.dsn, pool_size=2)
    flow, waker = requests.apart(pool_size=1), requests.waker()
    async with requests.connection() as first, requests.connection() as second:
        for held in (first, second):
            await held.execute(text("SELECT 1"))
        async with asyncio.timeout(3), flow.connection() as own:
            await own.execute(text("SELECT 1"))
        started = time.monotonic()
        await waker.sleep(30)
        assert time.monotonic() - started < 10
    await flow.close()
    await requests.close()
