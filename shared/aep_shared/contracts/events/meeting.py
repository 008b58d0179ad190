"""A meeting."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from aep_shared.contracts.base import (
    Count,
    DateStatus,
    EdtfDate,
    LanguageMap,
    Mark,
    Part,
    Qualifier,
    RegisterRecord,
    Slug,
    Source,
    State,
    Title,
    WebAddress,
    Word,
)
from aep_shared.contracts.examples import DEMO, example_id
from aep_shared.contracts.topic import Topic


class Participants(Part):
    """How many took part, and who says so."""

    people: Count | None = None
    partners: Count | None = None
    stakeholders: Count | None = None
    qualifier: Qualifier | None = None
    source: Source | None = None


class Document(Part):
    """A paper of a meeting: an address elsewhere, or a publication of the platform."""

    title: Title
    url: WebAddress | None = None
    publication: Slug | None = None
    source: Source | None = None


class AgendaItem(Part):
    """A point of the agenda."""

    number: Mark
    title: Title


class EarlierDate(Part):
    """A date that a meeting had before it was moved or settled."""

    date: EdtfDate
    date_status: DateStatus
    source: Source | None = None


class MeetingRecord(RegisterRecord):
    """A meeting of the process. Its date may be a day, a month or a window of time."""

    title: Title
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
    initiative: Slug | None = None
    """The initiative that it is a part of."""
    sequence: Count = 0
    """How often the date or the status changed: the SEQUENCE of RFC 5545."""
    participants: Participants | None = None
    agenda: list[AgendaItem] = []
    documents: list[Document] = []
    note: LanguageMap | None = None
    sources: list[Source] = []
    """Who says so; the first one gives the date."""

    @model_validator(mode="after")
    def _confirmed_has_a_date(self) -> Self:
        if self.date_status == "confirmed" and self.date is None:
            raise ValueError("a confirmed meeting has a date")
        return self


class Meeting(State, MeetingRecord):
    """The public state of a meeting (see `MeetingRecord`)."""


EXAMPLE = Meeting(
    id=example_id(9),
    slug="demo-workshop-2027",
    demo=True,
    title={"en": "Demo workshop on study visits"},
    description={"en": "Coordinators compare how they prepare guests and hosts."},
    theme={"en": "Before the journey"},
    kind="seminar",
    date="2027-03-16/2027-03-17",
    date_status="confirmed",
    history=[EarlierDate(date="2027-02/2027-03", date_status="planned", source=DEMO)],
    place={"en": "Port Example"},
    host="demo-partner",
    organisers=["demo-lantern-institute"],
    series="demo-meetings",
    cycle="asemme10",
    initiative="demo-lantern-exchange-3",
    sequence=1,
    participants=Participants(people=60, partners=9, stakeholders=4, qualifier="about", source=DEMO),
    agenda=[AgendaItem(number="1", title={"en": "What hosts need"})],
    documents=[Document(title={"en": "Demo conclusions"}, publication="demo-conclusions", source=DEMO)],
    sources=[DEMO],
)
MEETING = Topic("aep.events.meeting.v1", Meeting, "events", ("search", "reports"), example=EXAMPLE)
