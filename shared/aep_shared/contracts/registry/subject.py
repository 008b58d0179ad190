"""What a person or program may do."""

from __future__ import annotations

from datetime import UTC, datetime

from aep_shared.contracts.base import Line, Mark, Part, Slug, State
from aep_shared.contracts.examples import example_id
from aep_shared.contracts.topic import SERVICES, Topic


class Grant(Part):
    """A role that a subject has, limited to a record where the role is one of a record."""

    role: Mark
    initiative: Slug | None = None
    partner: Slug | None = None
    group: Slug | None = None
    until: datetime | None = None


class Subject(State):
    """What a person or program may do; no personal data. A heartbeat has no grants and nobody behind it."""

    heartbeat: datetime | None = None
    not_before: datetime | None = None
    """Tokens issued earlier than this are no longer accepted."""
    ended_tokens: list[Line] = []
    grants: list[Grant] = []


EXAMPLE = Subject(
    id=example_id(8),
    not_before=datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
    ended_tokens=["0197284e-9c00-7000-8000-000000000001"],
    grants=[
        Grant(role="officer"),
        Grant(role="coordinator", initiative="demo-lantern-exchange", until=datetime(2027, 12, 31, tzinfo=UTC)),
    ],
)
SUBJECT = Topic("aep.registry.subject.v1", Subject, "registry", SERVICES, partitions=2, sealed=True, example=EXAMPLE)
