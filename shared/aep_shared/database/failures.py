"""What may go wrong with a database, and whether waiting helps."""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy import exc

_UNTRANSLATABLE_SQLSTATES = {"22021", "22P05"}
_RETRYABLE_SQLSTATES = {"40001", "40P01"}
# The driver says `InternalClientError` where the server ended a connection that was idle.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
"""What the driver raises when a server does not answer or has ended the connection."""
CONNECTION_FAILED = (*AWAY, asyncpg.PostgresError)
"""Everything that may happen on a lock connection; after any of it the connection is given up."""


def is_retryable(problem: BaseException) -> bool:
    """Whether the whole transaction may simply be run again: a deadlock or a serialisation failure."""
    return _sqlstate(problem) in _RETRYABLE_SQLSTATES


def is_untranslatable(problem: BaseException) -> bool:
    """Whether a text has a sign that the database cannot hold: NUL, the only one that UTF-8 has and it has not."""
    return _sqlstate(problem) in _UNTRANSLATABLE_SQLSTATES


def is_away(problem: BaseException) -> bool:
    """Whether the database cannot be reached or cannot work now, so that waiting helps."""
    if isinstance(problem, exc.DBAPIError):
        return problem.connection_invalidated or _is_away_cause(problem.orig)
    return isinstance(problem, (exc.TimeoutError, *AWAY))


def waiting_helps(problem: BaseException) -> bool:
    """Whether the same work may succeed later.

    The database is away, somebody else was in the way, or a statement took too long: as long as the server is
    overloaded, that is what good statements do.
    """
    return is_busy(problem) or is_away(problem)


def is_busy(problem: BaseException) -> bool:
    """Whether others were in the way for too long: a deadlock once more, or a time-out of a lock or a statement."""
    return _sqlstate(problem) in ("55P03", "57014") or is_retryable(problem)


def _sqlstate(problem: BaseException) -> str | None:
    return getattr(problem.orig, "sqlstate", None) if isinstance(problem, exc.DBAPIError) else None


def _is_away_cause(cause: Any) -> bool:
    sqlstate = getattr(cause, "sqlstate", None) or ""
    # Connection exceptions, insufficient resources, operator intervention except a cancelled statement, errors of the
    # disk, a server that became read-only, and a session that was ended because it was idle in its transaction.
    away = sqlstate[:2] in ("08", "53", "57", "58") and sqlstate != "57014"
    return away or sqlstate in ("25006", "25P03") or isinstance(cause, AWAY)
