"""The database of a service: one engine, one transaction for each request or message, the only commit."""

from __future__ import annotations

from aep_shared.database.connections import NotADirectConnection
from aep_shared.database.engine import Database, Waker, until_cancelled
from aep_shared.database.failures import (
    AWAY,
    CONNECTION_FAILED,
    is_away,
    is_busy,
    is_retryable,
    is_untranslatable,
    waiting_helps,
)

__all__ = [
    "AWAY",
    "CONNECTION_FAILED",
    "Database",
    "NotADirectConnection",
    "Waker",
    "is_away",
    "is_busy",
    "is_retryable",
    "is_untranslatable",
    "until_cancelled",
    "waiting_helps",
]
