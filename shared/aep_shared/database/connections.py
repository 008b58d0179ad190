"""Connections that notice when nobody answers: a firewall that forgot them, a machine that is gone, a pooler."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import asyncpg
from sqlalchemy import Engine, event, exc
from sqlalchemy.util import await_only

PING_SECONDS = 5.0
# What is sent and not acknowledged for so long ends the connection; one that is idle is asked from time to time.
_UNACKNOWLEDGED_MS = 10_000
_ASK_AFTER_SECONDS, _ASK_EVERY_SECONDS, _ASK_TIMES = 10, 5, 3
SERVER_NOTICES = {
    "tcp_user_timeout": str(_UNACKNOWLEDGED_MS),
    "tcp_keepalives_idle": str(_ASK_AFTER_SECONDS),
    "tcp_keepalives_interval": str(_ASK_EVERY_SECONDS),
    "tcp_keepalives_count": str(_ASK_TIMES),
}
"""The same at the server's end, so that the locks of a machine that is gone do not outlive it for hours."""


class NotADirectConnection(Exception):
    """A pooler stands between this process and PostgreSQL: locks that last for a session would hold nothing."""


async def require_direct(connection: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy) -> None:
    """Raises `NotADirectConnection` where the server process is another than the one that was connected to."""
    if await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid():
        raise NotADirectConnection(
            "the database is behind a pooler, and session locks would hold nothing there: give the server's own address"
        )


def end_when_unanswered(connection: Any) -> None:
    """Makes the kernel end a TCP connection on which the other side has fallen silent."""
    found = connection._transport.get_extra_info("socket")
    if found is None or found.family == socket.AF_UNIX:
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Not every system has them all.
    for name, value in (
        ("TCP_USER_TIMEOUT", _UNACKNOWLEDGED_MS),
        ("TCP_KEEPIDLE", _ASK_AFTER_SECONDS),
        ("TCP_KEEPINTVL", _ASK_EVERY_SECONDS),
        ("TCP_KEEPCNT", _ASK_TIMES),
    ):
        with contextlib.suppress(AttributeError, OSError):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def watch(engine: Engine) -> None:
    """Makes an engine's pool give connections up on which nothing is answered."""
    event.listen(engine, "connect", lambda made, _record: end_when_unanswered(made.driver_connection))
    event.listen(engine, "checkout", _ping)
    event.listen(engine, "handle_error", _give_up)
    # At once, without a farewell: one that nobody hears takes two seconds for each connection.
    event.listen(engine, "close", lambda made, _record: made.driver_connection.terminate())


def _ping(made: Any, _record: Any, _proxy: Any) -> None:
    connection = made.driver_connection
    try:
        await_only(connection.fetchrow(";", timeout=PING_SECONDS))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as lost:
        connection.terminate()
        # Those beside it went the same way: they are not tried one after the other.
        raise exc.InvalidatePoolError(repr(lost)) from lost


def _give_up(context: Any) -> None:
    """After a time-out of the client its connection waits for an answer for ever, also to a rollback."""
    if isinstance(context.original_exception, TimeoutError) and context.connection is not None:
        context.connection.connection.driver_connection.terminate()
        context.is_disconnect = True
