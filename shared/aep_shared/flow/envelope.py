"""The envelope of an event: CloudEvents 1.0 in Kafka's binary mode, `ce_*` headers around a JSON body."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aep_shared.eventlog.port import Record, StoredRecord


class MalformedEvent(Exception):
    """A record of a topic is not an event of this platform."""


@dataclass(frozen=True, slots=True)
class Event:
    """One state of one aggregate; without a `body` (JSON) it is no longer public (a tombstone)."""

    id: UUID
    type: str
    key: str
    version: int
    time: datetime
    body: bytes | None
    traceparent: str | None = None


def to_record(event: Event, partition: int) -> Record:
    """The record that carries `event`."""
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": str(event.id).encode(),
        "ce_type": event.type.encode(),
        "ce_source": ("/" + event.type.split(".")[1]).encode(),
        "ce_subject": event.key.encode(),
        "ce_time": event.time.isoformat().encode(),
        "ce_aggregateversion": str(event.version).encode(),
    }
    if event.traceparent:
        headers["ce_traceparent"] = event.traceparent.encode()
    if event.body is not None:
        headers["content-type"] = b"application/json"
    return Record(event.type, partition, event.key, event.body, headers)


def from_record(record: StoredRecord) -> Event:
    """The event in `record`; its body is not read, only whether it can be a JSON object.

    Raises `MalformedEvent` where a header is missing or wrong, or the body is something else.
    """
    try:
        headers = {name: value.decode() for name, value in record.headers.items()}
        event = Event(
            id=UUID(headers["ce_id"]),
            type=headers["ce_type"],
            key=record.key,
            version=int(headers["ce_aggregateversion"]),
            time=datetime.fromisoformat(headers["ce_time"]),
            body=record.value,
            traceparent=headers.get("ce_traceparent"),
        )
    except (KeyError, ValueError) as problem:
        raise MalformedEvent(f"{type(problem).__name__}: {problem}") from problem
    # Neither a version that no bigint holds nor a time without a zone could be stored by any reader.
    if not 0 < event.version < 2**63 or event.time.tzinfo is None:
        raise MalformedEvent(f"version {event.version} or time {event.time} is out of range")
    # A body that is the JSON value null is no tombstone: only a record without a body is one.
    if event.body is not None and (event.body[:1], event.body[-1:]) != (b"{", b"}"):
        raise MalformedEvent("the body is not a JSON object")
    if event.type != record.topic or headers.get("ce_subject") != record.key:
        raise MalformedEvent(f"the event says it is '{event.type}' about '{headers.get('ce_subject')}'")
    return event
