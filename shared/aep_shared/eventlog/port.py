"""The port of the event log: append records, read them by (topic, partition, offset). Nothing else.

Who reads which partition, and up to where, is decided in the consumer's own database (`aep_shared.flow.consumer`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

MAX_RECORD_BYTES = 900_000
"""The largest body of a record: below Kafka's default limit of a message, headers included."""
MAX_KEY_BYTES = 1_000
"""The longest key: below what an index of PostgreSQL takes."""
MAX_HEADERS_BYTES = 32_000
"""All names and values of a record's headers together."""


READ_BYTES = 8_000_000
"""About how many bytes of bodies one read returns, however many records it may: memory has a bound."""


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record to append; a body of `None` is a tombstone: the key is gone.

    The key and the headers are text without NUL.
    """

    topic: str
    partition: int
    key: str
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredRecord(Record):
    """A record as it stands in the log."""

    offset: int = -1


class Batch(list[StoredRecord]):
    """Records of one partition, at least one, in the order of their offsets.

    `before` is where the reader stood: the position that was assigned, or behind the last record of the batch before.
    Whoever applies the batch from another position skips records or applies them twice.
    """

    def __init__(self, before: int, records: Iterable[StoredRecord]) -> None:
        super().__init__(records)
        self.before = before

    @property
    def after(self) -> int:
        """The offset behind the last record."""
        return self[-1].offset + 1


class Range(NamedTuple):
    """The offsets that an append has filled: the first, and the one behind the last."""

    first: int
    next: int


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What an adapter must know to create a topic; every topic is compacted."""

    name: str
    partitions: int
    tombstone_days: int = 30


@dataclass(frozen=True, slots=True)
class Writer:
    """The relay that appends, and its epoch: an adapter that can refuse an older epoch does so."""

    name: str
    epoch: int


class Bounds(NamedTuple):
    """The offset of the first record that may exist, and the least that the next record will get."""

    first: int
    next: int


class EventLogError(Exception):
    """The event log could not do what was asked; the message says where and why."""


class LogUnavailable(EventLogError):
    """The log does not answer within the deadline; the same call may succeed later."""


class UnknownTopic(EventLogError):
    """The topic was never created, or has no such partition."""


class RecordTooLarge(EventLogError):
    """The body, the key or the headers of a record are larger than the log takes."""


class WriterDeposed(EventLogError):
    """Another relay with a higher `epoch` has appended for the same writer."""

    def __init__(self, message: str, epoch: int) -> None:
        super().__init__(message)
        self.epoch = epoch


class PositionOutOfRange(EventLogError):
    """The log has no record at this position: it was emptied, or is another log than before."""


def check_records(records: Sequence[Record]) -> None:
    """Refuses what one of the logs could not take, before anything is appended.

    Raises `RecordTooLarge`, or `EventLogError` where a key or a header is not text.
    """
    for record in records:
        if record.value is not None and len(record.value) > MAX_RECORD_BYTES:
            raise RecordTooLarge(f"{_named(record)}: {len(record.value)} bytes, at most {MAX_RECORD_BYTES}")
        if len(record.key.encode()) > MAX_KEY_BYTES:
            raise RecordTooLarge(f"{_named(record)}: a key has at most {MAX_KEY_BYTES} bytes")
        headers = b"".join(name.encode() + value for name, value in record.headers.items())
        if len(headers) > MAX_HEADERS_BYTES:
            raise RecordTooLarge(f"{_named(record)}: headers have at most {MAX_HEADERS_BYTES} bytes")
        try:
            text = record.key + headers.decode()
        except UnicodeDecodeError as problem:
            raise EventLogError(f"{_named(record)}: a header is not UTF-8") from problem
        if "\0" in text:
            raise EventLogError(f"{_named(record)}: a key or a header holds NUL")


def _named(record: Record) -> str:
    return f"{record.topic} key {record.key[:100]}"


class Reader(Protocol):
    """Reads forward from given positions; belongs to one task."""

    async def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Reads from now on exactly these partitions, each from its position."""

    async def read(self, limit: int, wait: float) -> Mapping[TopicPartition, Batch]:
        """Up to `limit` records and about `READ_BYTES` of the assigned partitions, rising by offset in each.

        Waits up to `wait` seconds for the first. Offsets may have gaps, which mean nothing. Raises
        `PositionOutOfRange`, `UnknownTopic` and `LogUnavailable`; the positions stay, so the same call may
        succeed later.
        """

    def position(self, place: TopicPartition) -> int:
        """The offset that this partition was read up to, past offsets that hold nothing any more."""

    async def close(self) -> None: ...


class EventLog(Protocol):
    """An append-only log of compacted topics."""

    fences_writers: bool
    """Whether `append` refuses a deposed writer, so that a late batch of a hanging relay does no harm."""

    async def open(self) -> None:
        """Connects; raises `LogUnavailable` with the address where nobody answers within the deadline."""

    async def close(self) -> None: ...

    async def create_topics(self, topics: Sequence[TopicSpec]) -> None:
        """Creates what is missing; raises `EventLogError` if one exists with another number of partitions."""

    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> Mapping[TopicPartition, Range]:
        """Appends all records durably, in order within each partition, before it returns; where they are.

        A partition is left out where the log cannot say which offsets they have.

        After an error the caller sends the whole batch again: a part of it may be in the log already.
        """

    async def bounds(self, topic: str) -> Mapping[int, Bounds]:
        """The bounds of each partition of a topic."""

    async def identity(self, topic: str) -> str:
        """Identifies this very topic: one that was deleted and created anew has another identity."""

    async def maintain(self) -> None:
        """Compacts, where the log does not do so by itself; called from time to time by every worker."""

    def reader(self) -> Reader:
        """A new reader without partitions."""
