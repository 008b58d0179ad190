"""Every topic, declared once: who owns it, who reads it, how it is keyed and cut.

A topic has the name of its event type. The number of partitions never changes: more of them
are a new topic.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from aep_shared.contracts import events, registry, search
from aep_shared.contracts.base import State

AHEAD_MICROSECONDS = 300_000_000
"""How far the version of an event on a sealed topic may be ahead of a reader's clock; beyond it is refused."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A compacted topic of one aggregate type, keyed by the aggregate's id."""

    name: str
    model: type[State]
    owner: str
    consumers: tuple[str, ...]
    partitions: int = 1
    tombstone_days: int = 30
    sealed: bool = False
    """Whether its events carry the seal of the registry, and count only with it (`aep_shared.access.seals`)."""

    def partition_of(self, key: str) -> int:
        """The partition of a key: CRC-32 of its UTF-8 bytes, the same on every log and in every language."""
        return crc32(key.encode()) % self.partitions


SERVICES = ("registry", "events", "search", "notifications", "reports")

PARTNER = Topic("aep.registry.partner.v1", registry.Partner, "registry", ("search", "reports"))
ORGANISATION = Topic("aep.registry.organisation.v1", registry.Organisation, "registry", ("search", "reports"))
GROUP = Topic("aep.registry.group.v1", registry.Group, "registry", ())
FRAMEWORK_NODE = Topic("aep.registry.framework-node.v1", registry.FrameworkNode, "registry", ("search", "reports"))
GLOSSARY_TERM = Topic("aep.registry.glossary-term.v1", registry.GlossaryTerm, "registry", ("search",))
INITIATIVE = Topic(
    "aep.registry.initiative.v1", registry.Initiative, "registry", ("search", "notifications", "reports"), partitions=4
)
UPDATE = Topic(
    "aep.registry.update.v1", registry.Update, "registry", ("search", "notifications", "reports"), partitions=4
)
SUBJECT = Topic("aep.registry.subject.v1", registry.Subject, "registry", SERVICES, partitions=2, sealed=True)
MEETING = Topic("aep.events.meeting.v1", events.Meeting, "events", ("search", "reports"))
SERIES = Topic("aep.events.series.v1", events.Series, "events", ())
PUBLICATION = Topic("aep.search.publication.v1", search.Publication, "search", ("reports",))
PARAGRAPH = Topic("aep.search.paragraph.v1", search.Paragraph, "search", ("reports",), partitions=4)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        PARTNER,
        ORGANISATION,
        GROUP,
        FRAMEWORK_NODE,
        GLOSSARY_TERM,
        INITIATIVE,
        UPDATE,
        SUBJECT,
        MEETING,
        SERIES,
        PUBLICATION,
        PARAGRAPH,
    )
}


def consumed_by(service: str) -> list[Topic]:
    """The topics that a service reads, in the order of their names."""
    return sorted((t for t in TOPICS.values() if service in t.consumers), key=lambda t: t.name)
