"""A service at its start waits for what is starting too."""

from __future__ import annotations

import asyncio

import pytest

from aep_shared.db import Database
from aep_shared.eventlog.port import EventLogError, LogUnavailable
from aep_shared.service import patiently
from tests.shared.network import Network


async def test_a_start_waits_for_a_database_that_is_starting(database: Database) -> None:
    network = Network(database.dsn)
    await network.start()
    await network.stop()
    address = Database(network.dsn)
    port = int(network.dsn.rpartition(":")[2].partition("/")[0])
    starting = asyncio.ensure_future(patiently(address.answers))
    await asyncio.sleep(1)
    assert not starting.done()
    network._server = await asyncio.start_server(network._accept, "127.0.0.1", port)
    await asyncio.wait_for(starting, 15)
    await network.stop()
    await address.close()


async def test_a_start_does_not_wait_for_ever_nor_for_what_waiting_does_not_help() -> None:
    tries = 0

    async def away() -> None:
        nonlocal tries
        tries += 1
        raise LogUnavailable("away")

    with pytest.raises(LogUnavailable):
        await asyncio.wait_for(patiently(away, 0.5), 10)
    assert tries > 1

    async def refused() -> None:
        raise EventLogError("wrong password")

    with pytest.raises(EventLogError, match="wrong password"):
        await asyncio.wait_for(patiently(refused, 60), 5)
