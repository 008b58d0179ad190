"""The database of a service: one engine, one transaction for each request or message, the only commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
from sqlalchemy import exc
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

# Server-side limits of ordinary work. Lock connections set none of them: an idle leader keeps its lock.
_WORK_SETTINGS = {
    "jit": "off",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
# An outbox id whose commit is lost in a crash would be drawn again, below what the relay has passed.
_DURABLE = {"synchronous_commit": "on"}
_UNTRANSLATABLE_SQLSTATES = {"22021", "22P05"}
_RETRYABLE_SQLSTATES = {"40001", "40P01"}
# The driver says `InternalClientError` where the server ended a connection that was idle.
AWAY = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError,
        asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError,
        asyncpg.TooManyConnectionsError)  # fmt: skip
"""What the driver raises when a server does not answer or has ended the connection."""
CONNECTION_FAILED = (*AWAY, asyncpg.PostgresError)
"""Everything that may happen on a lock connection; after any of it the connection is given up."""


class Waker:
    """Lets a loop sleep until there may be work again; what happens while it looks is not missed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        self._event.set()

    async def sleep(self, at_most: float) -> None:
        """Returns after a wake, or after `at_most` seconds: another process may have left work."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._event.wait()
        self._event.clear()


class Database:
    """One service's database: `postgresql://user:password@host/name`, or a socket folder as `?host=`."""

    def __init__(self, url: str, *, pool_size: int = 10, application: str = "aep") -> None:
        self.dsn = url
        self._application = application
        self._wakers: list[Waker] = []
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            connect_args={
                "server_settings": {**_WORK_SETTINGS, **_DURABLE, "application_name": application},
                "timeout": 5,
            },
        )
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def waker(self) -> Waker:
        """Woken by each commit of this process: for a loop that looks for work in this database."""
        waker = Waker()
        self._wakers.append(waker)
        return waker

    @contextlib.asynccontextmanager
    async def transaction(self, *, wakes: bool = True) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends and rolled back when it raises.

        A loop that takes its own work does not let that wake it.
        """
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session
            await session.commit()
        if wakes:
            self._wake()

    @contextlib.asynccontextmanager
    async def connection(self, *, wakes: bool = True) -> AsyncIterator[AsyncConnection]:
        """The same for work in SQLAlchemy Core, as consumers do it."""
        async with self.engine.begin() as connection:
            yield connection
        if wakes:
            self._wake()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for reads: each statement sees what is committed when it starts."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    async def raw(self) -> asyncpg.Connection:
        """A driver connection outside the pool and its time-outs, for locks that last and for bulk work."""
        settings = {**_DURABLE, "application_name": f"{self._application}-lock", "jit": "off"}
        return await asyncpg.connect(self.dsn, timeout=5, server_settings=settings)

    async def close(self) -> None:
        await self.engine.dispose()

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.wake()


def is_retryable(problem: BaseException) -> bool:
    """Whether the whole transaction may simply be run again: a deadlock or a serialisation failure."""
    return isinstance(problem, exc.DBAPIError) and getattr(problem.orig, "sqlstate", None) in _RETRYABLE_SQLSTATES


def is_untranslatable(problem: BaseException) -> bool:
    """Whether a text has a sign that the database cannot hold: NUL, the only one that UTF-8 has and it has not."""
    return isinstance(problem, exc.DBAPIError) and getattr(problem.orig, "sqlstate", None) in _UNTRANSLATABLE_SQLSTATES


def is_away(problem: BaseException) -> bool:
    """Whether the database cannot be reached or cannot work now, so that waiting helps."""
    if isinstance(problem, exc.DBAPIError):
        return problem.connection_invalidated or _is_away_cause(problem.orig)
    return isinstance(problem, (exc.TimeoutError, *AWAY))


def waiting_helps(problem: BaseException) -> bool:
    """Whether the same work may succeed later: the database is away, or somebody else was in the way."""
    blocked = isinstance(problem, exc.DBAPIError) and getattr(problem.orig, "sqlstate", None) == "55P03"
    return blocked or is_away(problem) or is_retryable(problem)


def _is_away_cause(cause: Any) -> bool:
    sqlstate = getattr(cause, "sqlstate", None) or ""
    # Connection exceptions, insufficient resources, operator intervention except a cancelled statement, a
    # server that became read-only, and a session that was ended because it was idle in its transaction.
    away = sqlstate[:2] in ("08", "53", "57") and sqlstate != "57014"
    return away or sqlstate in ("25006", "25P03") or isinstance(cause, AWAY)


async def until_cancelled() -> None:
    """Waits for ever."""
    await asyncio.Event().wait()
