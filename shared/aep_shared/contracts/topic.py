"""What a topic is. Each is declared once, beside the model that it carries.

A topic has the name of its event type. The number of partitions never changes: more of them are a new topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias
from zlib import crc32

from typing_extensions import TypeVar

from aep_shared.contracts.base import State

S = TypeVar("S", bound=State, covariant=True, default=State)

StoredState: TypeAlias = Mapping[str, object]
"""A state as a table or a replica holds it, as JSON values: `Topic.read` makes it the model, the outbox checks it."""

AHEAD_MICROSECONDS = 300_000_000
"""How far the version of an event on a sealed topic may be ahead of a reader's clock; beyond it is refused."""


@dataclass(frozen=True, slots=True)
class Topic(Generic[S]):
    """A compacted topic of one aggregate type, keyed by the aggregate's id."""

    name: str
    model: type[S]
    owner: str
    consumers: tuple[str, ...]
    example: S = field(compare=False)
    """For the documentation, and for the tests that compare versions; models are frozen, nobody can change it."""
    partitions: int = 1
    tombstone_days: int = 30
    sealed: bool = False
    """Whether its events carry the seal of the registry, and count only with it (`aep_shared.access.seals`)."""

    def partition_of(self, key: str) -> int:
        """The partition of a key: CRC-32 of its UTF-8 bytes, the same on every log and in every language."""
        return crc32(key.encode()) % self.partitions

    def read(self, stored: StoredState) -> S:
        """The stored state with the defaults of what it left out; unknown fields are dropped.

        Replicas keep events as they came, so that fields of a newer writer are not lost. Defaults are therefore filled
        in when a replica is read: a field that the contract gains later has its default in everything stored before.

        Raises `pydantic.ValidationError` where the state does not fit the contract.
        """
        return self.model.model_validate(stored, extra="ignore")


SERVICES = ("registry", "events", "search", "notifications", "reports")
