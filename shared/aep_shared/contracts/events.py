"""Events of the meetings calendar."""

from __future__ import annotations

from aep_shared.contracts.base import (
    DateStatus,
    EdtfDate,
    LanguageMap,
    Part,
    Qualifier,
    RegisterRecord,
    Slug,
    Source,
    State,
    Word,
)


class SeriesRecord(RegisterRecord):
    """What meetings belong to, such as the ministers' meetings or the meetings of a group."""

    title: LanguageMap
    kind: Word
    """Such as `ministers`, `senior-officials`, `group`, `seminar`."""
    source: Source | None = None


class Series(State, SeriesRecord):
    """The public state of a series (see `SeriesRecord`)."""


class Participants(Part):
    """How many took part, and who says so."""

    people: int | None = None
    partners: int | None = None
    stakeholders: int | None = None
    qualifier: Qualifier | None = None
    source: Source | None = None


class Document(Part):
    """A paper of a meeting: an address elsewhere, or a publication of the platform."""

    title: LanguageMap
    url: str | None = None
    publication: Slug | None = None
    source: Source | None = None


class AgendaItem(Part):
    """A point of the agenda."""

    number: str
    title: LanguageMap


class EarlierDate(Part):
    """A date that a meeting had before it was moved or settled."""

    date: EdtfDate
    date_status: DateStatus
    source: Source | None = None


class MeetingRecord(RegisterRecord):
    """A meeting of the process. Its date may be a day, a month or a window of time."""

    title: LanguageMap
    description: LanguageMap | None = None
    theme: LanguageMap | None = None
    kind: Word
    """Such as `asemme`, `isom`, `som`, `summit`, `group`, `forum`, `seminar`."""
    date: EdtfDate | None = None
    """`null` where a meeting was postponed without a new date."""
    date_status: DateStatus
    """`confirmed` also holds for meetings that have taken place."""
    history: list[EarlierDate] = []
    place: LanguageMap | None = None
    online: bool = False
    host: Slug | None = None
    """The partner that hosts it."""
    organisers: list[Slug] = []
    """The organisations that prepare it."""
    series: Slug | None = None
    cycle: Slug | None = None
    """The ministers' meeting that its cycle ends with."""
    group: Slug | None = None
    sequence: int = 0
    """How often the date or the status changed: the SEQUENCE of RFC 5545."""
    participants: Participants | None = None
    agenda: list[AgendaItem] = []
    documents: list[Document] = []
    note: LanguageMap | None = None
    sources: list[Source] = []
    """Who says so; the first one gives the date."""


class Meeting(State, MeetingRecord):
    """The public state of a meeting (see `MeetingRecord`)."""
