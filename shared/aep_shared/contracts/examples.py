"""One example of each event, for the documentation and for the tests that compare versions.

What they say of real bodies is in the process data set; initiatives, updates, meetings and texts are
fictitious.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from aep_shared.contracts import events, registry, search
from aep_shared.contracts.base import Alias, Figure, Link, Source, State

_CONCLUSIONS = "asemme8-chairs-conclusions"
_STRATEGY = "asem-education-strategy-2030"
_INFO_BOARD = Source(name="ASEM InfoBoard: partners", url="http://www.aseminfoboard.org/Contact")


def _id(number: int) -> UUID:
    """A UUIDv7 of 15 December 2021, told from the others by its last digits."""
    return UUID(f"017dbb63-8000-7000-8000-{number:012d}")


def _paragraph(ref: str) -> Source:
    return Source(publication=_CONCLUSIONS, ref=ref)


_PARTNER = registry.Partner(
    id=_id(1),
    slug="republic-of-korea",
    kind="country",
    name={"en": "Republic of Korea", "fr": "Corée du Sud"},
    unconfirmed_languages=["fr"],
    name_source=_paragraph("33"),
    iso="KR",
    asem_group="asia",
    group_source=_INFO_BOARD,
    source=_INFO_BOARD,
)

_ORGANISATION = registry.Organisation(
    id=_id(2),
    slug="asem-duo-secretariat",
    kind="supporting-body",
    name={"en": "ASEM-DUO Secretariat"},
    acronym="ASEM-DUO",
    mandate={"en": "Runs the fellowship programme for paired exchanges between Asia and Europe."},
    mandate_source=Source(publication=_STRATEGY, ref="4.p2"),
    hosts=[
        registry.Host(
            place={"en": "Seoul"},
            partner="republic-of-korea",
            since="2001-09",
            other_sources=[Source(publication=_CONCLUSIONS, ref="33", says="hosted by the Republic of Korea")],
        )
    ],
    links=[Link(url="http://www.asemduo.org/", source=_paragraph("annex-2.1"))],
    source=Source(publication=_STRATEGY, note="31"),
)

_GROUP = registry.Group(
    id=_id(3),
    slug="standing-working-group",
    kind="working-group",
    name={"en": "Standing Working Group"},
    description={"en": "Helps the secretariat to watch over strategy and action plan."},
    aliases=[Alias(name="Standing Working Group (SWG)", source=Source(publication=_STRATEGY, ref="preamble.p2"))],
    members=[
        registry.Member(partner="austria", role="member", source=_paragraph("12")),
        registry.Member(partner="romania", role="member", state="interest-expressed", source=_paragraph("12")),
    ],
    member_counts=[Figure(value=10, unit="partner countries", what={"en": "members"}, source=_paragraph("12"))],
    established="2019-12",
    established_source=Source(publication=_STRATEGY, ref="preamble.p2"),
    sources=[_paragraph("12"), _paragraph("76")],
)

_FRAMEWORK_NODE = registry.FrameworkNode(
    id=_id(4),
    slug="action-1",
    kind="action",
    number="1",
    title={"en": "Balanced physical mobility open to all"},
    valid_from="2022",
    valid_to="2024",
    validity_source=_paragraph("annex-2.1"),
    source=_paragraph("annex-2.1"),
)

_GLOSSARY_TERM = registry.GlossaryTerm(
    id=_id(5),
    slug="aep",
    acronym="AEP",
    term={"en": "ASEM Education Process"},
    source=Source(publication=_STRATEGY, ref="acronyms.p3"),
)

_DEMO = Source(name="Fictitious demo data", url="https://example.org/demo")

_INITIATIVE = registry.Initiative(
    id=_id(6),
    slug="demo-lantern-exchange-3",
    demo=True,
    former_slugs=["demo-lantern-exchange-2026"],
    kind="edition",
    title={"en": "Third Lantern Exchange", "fr": "Troisième Échange Lanterne"},
    summary={"en": "Two-week study visits in both directions."},
    theme={"en": "Towns by the sea"},
    aliases=[Alias(name="Lantern Visits", source=_DEMO)],
    parent="demo-lantern-exchange",
    status="running",
    status_source=_DEMO,
    dates="2026-03/2026-11",
    dates_source=_DEMO,
    coordinators=[registry.Coordinator(organisation="demo-lantern-institute", source=_DEMO)],
    partners=[registry.InvolvedPartner(partner="demo-partner", role="takes part", source=_DEMO)],
    organisations=[
        registry.InvolvedOrganisation(organisation="demo-meridian-foundation", role="co-host", source=_DEMO)
    ],
    framework=[
        registry.Contribution(node="so1", degree="high", reason={"en": "As many guests as hosts."}, source=_DEMO),
        registry.Contribution(node="action-1", basis="listed", source=_DEMO),
    ],
    mentions=[registry.Mention(publication="demo-conclusions", ref="4", stance="announced")],
    new=True,
    new_source=_DEMO,
    figures=[Figure(value=12, unit="pairs", what={"en": "students"}, period="2026", kind="planned", source=_DEMO)],
    links=[Link(url="https://lantern.example.org/", source=_DEMO)],
    source=_DEMO,
)

_UPDATE = registry.Update(
    id=_id(7),
    about=registry.About(type="initiative", slug="demo-lantern-exchange-3"),
    kind="progress",
    title={"en": "First visits are booked", "fr": "Premières visites réservées"},
    text={"en": "Twelve pairs of students have their dates."},
    links=["https://lantern.example.org/visits"],
    mentions=[registry.Mention(publication="demo-conclusions", ref="4", stance="carried-out")],
    approved_at=datetime(2026, 6, 3, 9, 30, tzinfo=UTC),
)

_SUBJECT = registry.Subject(
    id=_id(8),
    not_before=datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
    ended_tokens=["0197284e-9c00-7000-8000-000000000001"],
    grants=[
        registry.Grant(role="officer"),
        registry.Grant(
            role="coordinator", initiative="demo-lantern-exchange", until=datetime(2027, 12, 31, tzinfo=UTC)
        ),
    ],
)

_MEETING = events.Meeting(
    id=_id(9),
    slug="demo-workshop-2027",
    demo=True,
    title={"en": "Demo workshop on study visits"},
    description={"en": "Coordinators compare how they prepare guests and hosts."},
    theme={"en": "Before the journey"},
    kind="seminar",
    date="2027-03-16/2027-03-17",
    date_status="confirmed",
    history=[events.EarlierDate(date="2027-02/2027-03", date_status="planned", source=_DEMO)],
    place={"en": "Port Example"},
    host="demo-partner",
    organisers=["demo-lantern-institute"],
    series="demo-meetings",
    cycle="asemme10",
    sequence=1,
    participants=events.Participants(people=60, partners=9, stakeholders=4, qualifier="about", source=_DEMO),
    agenda=[events.AgendaItem(number="1", title={"en": "What hosts need"})],
    documents=[events.Document(title={"en": "Demo conclusions"}, publication="demo-conclusions", source=_DEMO)],
    sources=[_DEMO],
)

_SERIES = events.Series(
    id=_id(10),
    slug="isom",
    title={"en": "Intermediate Senior Officials' Meetings"},
    kind="senior-officials",
    source=_paragraph("84"),
)

_PUBLICATION = search.Publication(
    id=_id(11),
    slug="demo-conclusions",
    title={"en": "Demo conclusions (fictitious)"},
    kind="conclusions",
    status="adopted",
    date="2026-09-15",
    meeting="demo-forum-2027",
    paragraphs=12,
)

_PARAGRAPH = search.Paragraph(
    id=_id(12),
    publication=_id(11),
    publication_slug="demo-conclusions",
    ref="4",
    position=7,
    number="4",
    kind="paragraph",
    heading=["Mobility", "Study visits"],
    text={"en": "Partners welcome the study visits1 and invite more towns to join."},
    footnotes=[search.Footnote(mark="1", text="Two weeks in each direction.")],
    links=["https://lantern.example.org/visits"],
)

EXAMPLES: dict[type[State], State] = {
    type(example): example
    for example in (
        _PARTNER,
        _ORGANISATION,
        _GROUP,
        _FRAMEWORK_NODE,
        _GLOSSARY_TERM,
        _INITIATIVE,
        _UPDATE,
        _SUBJECT,
        _MEETING,
        _SERIES,
        _PUBLICATION,
        _PARAGRAPH,
    )
}
"""The example of each model; models are frozen, so that no reader can change one."""
