"""A series of meetings."""

from __future__ import annotations

from aep_shared.contracts.base import RegisterRecord, Source, State, Title, Word
from aep_shared.contracts.examples import example_id, said_in
from aep_shared.contracts.topic import Topic


class SeriesRecord(RegisterRecord):
    """What meetings belong to, such as the ministers' meetings or the meetings of a group."""

    title: Title
    kind: Word
    """Such as `ministers`, `senior-officials`, `group`, `seminar`."""
    source: Source | None = None


class Series(State, SeriesRecord):
    """The public state of a series (see `SeriesRecord`)."""


EXAMPLE = Series(
    id=example_id(10),
    slug="isom",
    title={"en": "Intermediate Senior Officials' Meetings"},
    kind="senior-officials",
    source=said_in("84"),
)
SERIES = Topic("aep.events.series.v1", Series, "events", ("search",), example=EXAMPLE)
