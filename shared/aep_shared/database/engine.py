"""The database of a service: one engine, one transaction for each request or message, the only commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from aep_shared.database.connections import (
    SERVER_NOTICES,
    end_when_unanswered,
    require_direct,
    watch,
)

# Server-side limits of ordinary work. Lock connections set none of them: an idle leader keeps its lock.
_WORK_SETTINGS = {
    "jit": "off",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
# An outbox id whose commit is lost in a crash would be drawn again, below what the relay has passed.
_DURABLE = {"synchronous_commit": "on"}
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0
_GRACE_SECONDS = 5.0
"""How much longer the client waits than the server: it ends only what the server cannot end any more."""


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

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        application: str = "aep",
        longest: float = _STATEMENT_SECONDS,
        call: float = 5.0,
        wakers: list[Waker] | None = None,
    ) -> None:
        """`longest` are the seconds that a statement of the pool may take, `call` those of one on a lock connection."""
        self.dsn = url
        self._application = application
        self._call = call
        self._wakers: list[Waker] = [] if wakers is None else wakers
        limits = {**_WORK_SETTINGS, "statement_timeout": f"{longest}s"}
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            # The parameters of a statement are people's texts and addresses: no failure may carry them into a log.
            hide_parameters=True,
            pool_timeout=5,
            connect_args={
                "server_settings": {**limits, **_DURABLE, **SERVER_NOTICES, "application_name": application},
                "timeout": _CONNECT_SECONDS,
                "command_timeout": longest + _GRACE_SECONDS,
            },
        )
        watch(self.engine.sync_engine)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def apart(self, *, pool_size: int, longest: float = _STATEMENT_SECONDS) -> Database:
        """The same database through a pool of its own, which requests cannot use up; both wake the same loops."""
        return Database(
            self.dsn,
            pool_size=pool_size,
            application=f"{self._application}-flow",
            longest=longest,
            call=self._call,
            wakers=self._wakers,
        )

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
        """A driver connection outside the pool, for locks that last; each of its statements must be answered soon."""
        settings = {**_DURABLE, **SERVER_NOTICES, "application_name": f"{self._application}-lock", "jit": "off"}
        connection = await asyncpg.connect(
            self.dsn, timeout=_CONNECT_SECONDS, command_timeout=self._call, server_settings=settings
        )
        end_when_unanswered(connection)
        return connection

    async def answers(self) -> None:
        """Returns where the server answers and is spoken to directly; raises `NotADirectConnection`, or `AWAY`."""
        connection = await self.raw()
        try:
            await require_direct(connection)
        finally:
            connection.terminate()

    async def close(self) -> None:
        await self.engine.dispose()

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.wake()


async def until_cancelled() -> None:
    """Waits for ever."""
    await asyncio.Event().wait()
