"""A relay or a consumer in a process of its own that stops itself (SIGSTOP) at a given moment.

Run by the tests as `python -m tests.shared.other_process`; each line of standard input is `PART SERVICE_DSN
LOG_DSN`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.contracts.topics import INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.port import Batch, Range, Record, TopicPartition, Writer, WriterDeposed
from aep_shared.eventlog.postgres import PostgresEventLog, PostgresReader
from aep_shared.flow.consumer import Change, ConsumerGroup
from aep_shared.flow.relay import Relay
from tests.shared.consuming import journal
from tests.shared.timing import FAST


def say(word: str) -> None:
    print(word, flush=True)


_stopped = False


def stop_here() -> None:
    """Stops this process, the first time that it comes by."""
    global _stopped
    if not _stopped:
        _stopped = True
        say("stopping")
        os.kill(os.getpid(), signal.SIGSTOP)
        say("going on")


class StoppingBeforeAppend(PostgresEventLog):
    """Stops when the relay has checked its leadership and before the batch is on its way."""

    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> Mapping[TopicPartition, Range]:
        stop_here()
        try:
            found = await super().append(records, writer)
        except WriterDeposed:
            say("refused")
            raise
        say("appended")
        return found


class StoppingInAppend(PostgresEventLog):
    """Stops when the batch is in the log's tables and not committed: it holds the rows that a successor needs."""

    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> Any:
        module = sys.modules[PostgresEventLog.__module__]
        append_to = module._append_to

        async def appended(*arguments: Any) -> Any:
            found = await append_to(*arguments)
            stop_here()
            return found

        module._append_to = appended  # type: ignore[attr-defined]
        return await super().append(records, writer)


class StoppingAfterRead(PostgresEventLog):
    """Stops when a batch was read and before it is applied."""

    def reader(self) -> PostgresReader:
        return _StoppingReader(self._connection, self._wakes)


class _StoppingReader(PostgresReader):
    async def read(self, limit: int, wait: float) -> Mapping[TopicPartition, Batch]:
        found = await super().read(limit, wait)
        if found:
            stop_here()
        return found


async def stop_in_transaction(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    stop_here()
    await journal(connection, changes)


async def work(part: str, service_dsn: str, log_dsn: str) -> None:
    logs: dict[str, type[PostgresEventLog]] = {
        "relay": StoppingBeforeAppend,
        "relay-in-append": StoppingInAppend,
        "consumer-after-read": StoppingAfterRead,
    }
    log = logs.get(part, PostgresEventLog)(log_dsn, silence=FAST.silence)
    await log.open()
    database = Database(service_dsn)
    if part.startswith("relay"):
        # Long enough for the batch to reach the log after the stop: the log itself must refuse it.
        await Relay(database, log, "registry", timing=replace(FAST, request_timeout=60.0)).run()
    hook = stop_in_transaction if part == "consumer-in-transaction" else journal
    await ConsumerGroup(database, log, "flow", [INITIATIVE], timing=FAST, hook=hook).run()


def main() -> None:
    """Importing takes seconds, so it is done once: each line of standard input is worked on in a fork."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(work(*line.split()))
            os._exit(0)
        say(f"pid {child}")


if __name__ == "__main__":
    main()
