"""Fixtures that every test may use: one real PostgreSQL and one Kafka for the whole run, fresh databases."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import NoReturn
from unittest import mock

import asyncpg
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from aep_engines import EngineMissing, Kafka, OpenSearch
from aep_shared.database import Database
from aep_shared.database.migrations import migrate
from aep_shared.telemetry import configure_logging
from aep_standalone.postgres import REQUIRED, EmbeddedPostgres

# As in operation: the library's own default draws every local variable of a failure, which takes a second each time.
configure_logging()

SEEDS = Path(__file__).parents[2] / "shared" / "seeds"

WHOLE_PLATFORMS = "tests/e2e"

NewDatabase = Callable[[str], Awaitable[str]]


def required(tool: str) -> bool:
    """Whether `AEP_TEST_REQUIRE` makes a missing tool a failure instead of something left out."""
    return tool in os.environ.get("AEP_TEST_REQUIRE", "").split(",")


def leave_out(tool: str, reason: str) -> NoReturn:
    """Skips the test, or fails it where the tool is required."""
    if required(tool):
        pytest.fail(f"{tool} is required: {reason}")
    pytest.skip(f"left out: {reason}")


class _Files(LoadScopeScheduling):
    """Workers take whole files; those that start whole platforms are one piece, since two at once take too long."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return WHOLE_PLATFORMS if file.startswith(WHOLE_PLATFORMS) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Files:
    """What shares the tests between the workers of `make test`."""
    return _Files(config, log)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A short path that the server's user may enter."""
    with tempfile.TemporaryDirectory(prefix="aep-test-", ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
async def postgres(scratch: Path) -> AsyncIterator[EmbeddedPostgres]:
    """The real server of the embedded profile, but that it does not wait for the disk.

    Nothing here outlives a crash of the machine, and each database that is dropped would wait for half a second.
    """
    server = EmbeddedPostgres(scratch / "pg")
    with mock.patch.dict(REQUIRED, fsync="off"):
        await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def kafka(scratch: Path) -> Iterator[Kafka]:
    """A real broker for the whole run; it cleans compacted topics more often than it would by itself."""
    try:
        broker = Kafka(scratch / "kafka", settings={"log.cleaner.backoff.ms": "200"}).start()
    except EngineMissing as missing:
        leave_out("engines", str(missing))
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def opensearch(scratch: Path) -> Iterator[OpenSearch]:
    """A real OpenSearch for the whole run."""
    try:
        server = OpenSearch(scratch / "opensearch").start()
    except EngineMissing as missing:
        leave_out("engines", str(missing))
    yield server
    server.close()


class Databases:
    """Makes databases: empty ones, and of a service at its newest revision, as copies of one that was migrated once."""

    def __init__(self, postgres: EmbeddedPostgres, connection: asyncpg.Connection) -> None:
        self._postgres = postgres
        self._connection = connection
        self._migrated: set[str] = set()
        self._made: list[str] = []

    @contextlib.asynccontextmanager
    async def dropped(self) -> AsyncIterator[None]:
        """Drops at the end of the block what was made within it."""
        before = len(self._made)
        yield
        for name in self._made[before:]:
            await self._connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        del self._made[before:]

    async def new(self, name: str, template: str = "template1") -> str:
        unique = f"{name}_{secrets.token_hex(4)}"
        await self._connection.execute(f'CREATE DATABASE "{unique}" TEMPLATE "{template}" STRATEGY file_copy')
        self._made.append(unique)
        return self._postgres.dsn(unique)

    async def migrated(self, service: str) -> str:
        template = f"template_{service}"
        if service not in self._migrated:
            await self._postgres.ensure_database(template)
            database = Database(self._postgres.dsn(template))
            await migrate(database.engine, f"aep_{service}")
            await database.close()
            self._migrated.add(service)
        dsn = await self.new(service, template)
        connection = await asyncpg.connect(dsn)
        # It is no copy of an installation, which would send no mail.
        await connection.execute(
            "UPDATE mail_fence SET database_oid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        await connection.close()
        return dsn


@pytest.fixture(scope="session")
async def databases(postgres: EmbeddedPostgres) -> AsyncIterator[Databases]:
    """For fixtures that outlive a test."""
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    yield Databases(postgres, connection)
    await connection.close()


@pytest.fixture
async def new_database(databases: Databases) -> AsyncIterator[NewDatabase]:
    """Makes empty databases; they are dropped at the end of the test."""
    async with databases.dropped():
        yield databases.new


@pytest.fixture
async def migrated(databases: Databases) -> AsyncIterator[NewDatabase]:
    """Makes databases of services; they are dropped at the end of the test."""
    async with databases.dropped():
        yield databases.migrated


@pytest.fixture
def seed() -> random.Random:
    """A random generator whose seed is printed when the test fails; `AEP_TEST_SEED` repeats a run."""
    number = int(os.environ.get("AEP_TEST_SEED", secrets.randbelow(2**32)))
    print(f"AEP_TEST_SEED={number}")
    return random.Random(number)
