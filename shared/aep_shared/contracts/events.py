"""Events of the meetings calendar."""

from __future__ import annotations

from aep_shared.contracts.base import DateStatus, EdtfDate, LanguageMap, Part, Slug, Source, State


class Participants(Part):
    """How many took part, and who says so."""

    people: int | None = None
    partners: int | None = None
    stakeholders: int | None = None
    source: Source | None = None


class Document(Part):
    """A paper of a meeting: an address elsewhere, or a publication of the platform."""

    title: LanguageMap
    url: str | None = None
    publication: Slug | None = None


class AgendaItem(Part):
    """A point of the agenda."""

    number: str
    title: LanguageMap


class MeetingRecord(Part):
    """A meeting of the process. Its date may be a day, a month or a window of time."""

    slug: Slug
    title: LanguageMap
    description: LanguageMap = {}
    theme: LanguageMap = {}
    kind: str
    date: EdtfDate
    date_status: DateStatus
    place: str | None = None
    online: bool = False
    host: Slug | None = None
    series: Slug | None = None
    sequence: int = 0
    """How often the date or the status changed: the SEQUENCE of RFC 5545."""
    participants: Participants | None = None
    agenda: list[AgendaItem] = []
    documents: list[Document] = []


class Meeting(State, MeetingRecord):
    """The public state of a meeting (see `MeetingRecord`)."""
