"""The event log: one port, an adapter for PostgreSQL tables, one for Kafka, one contract suite for both."""

from __future__ import annotations

from aep_shared.eventlog.port import EventLog


def event_log(url: str, *, silence: float = 15.0) -> EventLog:
    """The adapter that the scheme of `url` names: `postgresql://` or `kafka://`.

    `silence` are the seconds after which a writer that hangs is ended, where the log can do that.

    Raises `ValueError` for any other scheme.
    """
    scheme = url.partition("://")[0]
    if scheme in ("postgresql", "postgres"):
        from aep_shared.eventlog.postgres import PostgresEventLog

        return PostgresEventLog(url, silence=silence)
    if scheme in ("kafka", "kafka+ssl"):
        from aep_shared.eventlog.kafka import KafkaEventLog

        return KafkaEventLog.from_url(url)
    raise ValueError(f"an event log is addressed by postgresql://, kafka:// or kafka+ssl://, not by '{scheme}://'")
