"""An initiative."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from aep_shared.contracts.base import (
    Alias,
    EdtfDate,
    Figure,
    LanguageMap,
    Link,
    Part,
    Phrase,
    RegisterRecord,
    Slug,
    Source,
    State,
    Title,
    Word,
    each_once,
    exactly_one,
)
from aep_shared.contracts.examples import DEMO, example_id
from aep_shared.contracts.registry.mention import Mention
from aep_shared.contracts.topic import Topic


class Contribution(Part):
    """A link from an initiative to a node of a framework; only a person sets degree and reason."""

    node: Slug
    degree: Literal["high", "medium", "low"] | None = None
    reason: LanguageMap | None = None
    basis: Word | None = None
    """How the source links them, such as `listed` (in the row of an action), `heading`, `contributes`."""
    source: Source | None = None


class InvolvedPartner(Part):
    """A partner that takes part in an initiative."""

    partner: Slug
    role: Phrase
    source: Source | None = None
    other_sources: list[Source] = []


class InvolvedOrganisation(Part):
    """An organisation that takes part in an initiative."""

    organisation: Slug
    role: Phrase
    source: Source | None = None
    other_sources: list[Source] = []


class Coordinator(Part):
    """The organisation, partner or group that a source puts in charge of an initiative."""

    organisation: Slug | None = None
    partner: Slug | None = None
    group: Slug | None = None
    source: Source | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Coordinator:
        exactly_one(self, "organisation", "partner", "group")
        return self


class InitiativeRecord(RegisterRecord):
    """A project or programme that partners and organisations carry out together, or one edition of it."""

    kind: Word = "initiative"
    """Such as `initiative`, `programme`, `edition`, `project`, `pilot`, `network`, `publication`."""
    title: Title
    summary: LanguageMap | None = None
    theme: LanguageMap | None = None
    """The official theme of an edition."""
    aliases: list[Alias] = []
    parent: Slug | None = None
    """The programme that it belongs to."""
    group: Slug | None = None
    """The group that it is the work of."""
    mode: Word | None = None
    """Such as `on-site`, `online`, `hybrid`."""
    status: Word
    """Such as `proposed`, `planned`, `running`, `paused`, `postponed`, `completed`, `ended`, `unknown`."""
    status_source: Source | None = None
    dates: EdtfDate | None = None
    dates_source: Source | None = None
    coordinators: list[Coordinator] = []
    """Everyone a source puts in charge, the first one first; a body may stand here once for each source."""
    partners: list[InvolvedPartner] = []
    organisations: list[InvolvedOrganisation] = []
    framework: list[Contribution] = []
    mentions: list[Mention] = []
    new: bool | None = None
    """Whether the plan that lists it marks it as new; `null` where no plan lists it."""
    new_source: Source | None = None
    figures: list[Figure] = []
    links: list[Link] = []
    note: LanguageMap | None = None
    source: Source | None = None

    @model_validator(mode="after")
    def _says_each_thing_once(self) -> Self:
        each_once((link.node for link in self.framework), "the node")
        each_once(((entry.partner, entry.role) for entry in self.partners), "the partner and role")
        each_once(((entry.organisation, entry.role) for entry in self.organisations), "the organisation and role")
        each_once(((m.publication, m.ref, m.stance) for m in self.mentions), "the mention")
        return self

    @property
    def partners_involved(self) -> list[str]:
        """The partners that take part or are in charge, each once, by the slugs that they are named by."""
        taking_part = [entry.partner for entry in self.partners]
        in_charge = [entry.partner for entry in self.coordinators if entry.partner]
        return list(dict.fromkeys(taking_part + in_charge))

    @property
    def organisations_involved(self) -> list[str]:
        """The organisations that take part or are in charge, each once, by the slugs that they are named by."""
        taking_part = [entry.organisation for entry in self.organisations]
        in_charge = [entry.organisation for entry in self.coordinators if entry.organisation]
        return list(dict.fromkeys(taking_part + in_charge))

    @property
    def nodes(self) -> list[str]:
        """The nodes of frameworks that it contributes to."""
        return [link.node for link in self.framework]


class Initiative(State, InitiativeRecord):
    """The public state of an initiative (see `InitiativeRecord`)."""


EXAMPLE = Initiative(
    id=example_id(6),
    slug="demo-lantern-exchange-3",
    demo=True,
    former_slugs=["demo-lantern-exchange-2026"],
    kind="edition",
    title={"en": "Third Lantern Exchange", "fr": "Troisième Échange Lanterne"},
    summary={"en": "Two-week study visits in both directions."},
    theme={"en": "Towns by the sea"},
    aliases=[Alias(name="Lantern Visits", source=DEMO)],
    parent="demo-lantern-exchange",
    group="demo-study-group",
    mode="hybrid",
    status="running",
    status_source=DEMO,
    dates="2026-03/2026-11",
    dates_source=DEMO,
    coordinators=[Coordinator(organisation="demo-lantern-institute", source=DEMO)],
    partners=[InvolvedPartner(partner="demo-partner", role="takes part", source=DEMO)],
    organisations=[InvolvedOrganisation(organisation="demo-meridian-foundation", role="co-host", source=DEMO)],
    framework=[
        Contribution(node="so1", degree="high", reason={"en": "As many guests as hosts."}, source=DEMO),
        Contribution(node="action-1", basis="listed", source=DEMO),
    ],
    mentions=[Mention(publication="demo-conclusions", ref="4", stance="announced")],
    new=True,
    new_source=DEMO,
    figures=[Figure(value=12, unit="pairs", what={"en": "students"}, period="2026", kind="planned", source=DEMO)],
    links=[Link(url="https://lantern.example.org/", source=DEMO)],
    source=DEMO,
)
INITIATIVE = Topic(
    "aep.registry.initiative.v1",
    Initiative,
    "registry",
    ("search", "notifications", "reports"),
    partitions=4,
    example=EXAMPLE,
)
