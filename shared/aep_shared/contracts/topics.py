"""Every topic: who owns it and who reads it stands beside its model."""

from __future__ import annotations

from aep_shared.contracts.events.meeting import MEETING
from aep_shared.contracts.events.series import SERIES
from aep_shared.contracts.registry.framework_node import FRAMEWORK_NODE
from aep_shared.contracts.registry.glossary_term import GLOSSARY_TERM
from aep_shared.contracts.registry.group import GROUP
from aep_shared.contracts.registry.initiative import INITIATIVE
from aep_shared.contracts.registry.organisation import ORGANISATION
from aep_shared.contracts.registry.partner import PARTNER
from aep_shared.contracts.registry.subject import SUBJECT
from aep_shared.contracts.registry.update import UPDATE
from aep_shared.contracts.search.paragraph import PARAGRAPH
from aep_shared.contracts.search.publication import PUBLICATION
from aep_shared.contracts.topic import AHEAD_MICROSECONDS, SERVICES, Topic

__all__ = [
    "AHEAD_MICROSECONDS",
    "FRAMEWORK_NODE",
    "GLOSSARY_TERM",
    "GROUP",
    "INITIATIVE",
    "MEETING",
    "ORGANISATION",
    "PARAGRAPH",
    "PARTNER",
    "PUBLICATION",
    "SERIES",
    "SERVICES",
    "SUBJECT",
    "TOPICS",
    "UPDATE",
    "Topic",
    "consumed_by",
]

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
