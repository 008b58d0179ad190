"""The event log as PostgreSQL tables: the adapter of the embedded profile."""

from __future__ import annotations

from aep_shared.eventlog.postgres.log import PostgresEventLog
from aep_shared.eventlog.postgres.reader import PostgresReader

__all__ = ["PostgresEventLog", "PostgresReader"]
