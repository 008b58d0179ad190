"""Events of the registry: its registers, approved updates, and what subjects may do."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aep_shared.contracts.base import (
    Alias,
    EdtfDate,
    Figure,
    LanguageMap,
    LanguageTag,
    Line,
    Link,
    Mark,
    Part,
    Phrase,
    Ref,
    RegisterRecord,
    Slug,
    Source,
    State,
    Title,
    WebAddress,
    Word,
)


class PartnerRecord(RegisterRecord):
    """A partner of the process: a country, an institution, or a community with a delegation of its own."""

    kind: Literal["country", "institution", "community"]
    name: Title
    unconfirmed_languages: list[LanguageTag] = []
    """Languages whose name was proposed by CLDR and not yet confirmed by the partner."""
    name_source: Source | None = None
    """Who writes the English name so."""
    aliases: list[Alias] = []
    iso: Mark | None = None
    """ISO 3166-1 alpha-2; countries only."""
    asem_group: Literal["asia", "europe"] | None = None
    """ASEM's own groups, which are not the regions of the United Nations."""
    group_source: Source | None = None
    parent: Slug | None = None
    """The country that a community belongs to."""
    note: LanguageMap | None = None
    source: Source | None = None
    """Who says that it is a partner."""


class Partner(State, PartnerRecord):
    """The public state of a partner (see `PartnerRecord`)."""


class Host(Part):
    """Where a body has or had its seat, and how long."""

    place: LanguageMap | None = None
    partner: Slug | None = None
    organisation: Slug | None = None
    since: EdtfDate | None = None
    until: EdtfDate | None = None
    source: Source | None = None
    other_sources: list[Source] = []


class OrganisationRecord(RegisterRecord):
    """A stakeholder organisation, a supporting body, the secretariat, or another body that coordinates."""

    kind: Word
    """Such as `stakeholder`, `supporting-body`, `secretariat`, `organisation`."""
    name: Title
    acronym: Mark | None = None
    aliases: list[Alias] = []
    mandate: LanguageMap | None = None
    mandate_source: Source | None = None
    hosts: list[Host] = []
    links: list[Link] = []
    partner: Slug | None = None
    """The partner that it belongs to."""
    parent: Slug | None = None
    """The organisation that it belongs to."""
    source: Source | None = None


class Organisation(State, OrganisationRecord):
    """The public state of an organisation (see `OrganisationRecord`)."""


class Member(Part):
    """A partner or an organisation in a group."""

    partner: Slug | None = None
    organisation: Slug | None = None
    role: Word
    """Such as `member`, `chair`, `co-chair`, `coordinator`."""
    state: Literal["member", "interest-expressed"] = "member"
    source: Source | None = None
    other_sources: list[Source] = []


class GroupRecord(RegisterRecord):
    """A working, expert or drafting group or a research network of the process."""

    kind: Word
    """Such as `working-group`, `committee`, `expert-group`, `research-network`, `council`."""
    name: Title
    description: LanguageMap | None = None
    aliases: list[Alias] = []
    members: list[Member] = []
    members_complete: bool = False
    """Whether `members` names all of them."""
    member_counts: list[Figure] = []
    """What sources count, where they count differently."""
    established: EdtfDate | None = None
    established_source: Source | None = None
    organisation: Slug | None = None
    """The body that it belongs to."""
    note: LanguageMap | None = None
    sources: list[Source] = []


class Group(State, GroupRecord):
    """The public state of a group (see `GroupRecord`)."""


class FrameworkNodeRecord(RegisterRecord):
    """A node of a framework that work is measured against: objective, action, SDG target, priority."""

    kind: Word
    """Such as `objective`, `sub-goal`, `action`, `sdg-goal`, `sdg-target`, `priority`, `theme`."""
    number: Mark | None = None
    title: Title
    title_source: Source | None = None
    """Who words the title so, where another source than `source` does."""
    aliases: list[Alias] = []
    parent: Slug | None = None
    valid_from: EdtfDate | None = None
    valid_to: EdtfDate | None = None
    validity_source: Source | None = None
    source: Source | None = None


class FrameworkNode(State, FrameworkNodeRecord):
    """The public state of a framework node (see `FrameworkNodeRecord`)."""


class GlossaryTermRecord(RegisterRecord):
    """An acronym of the process and what it stands for; search treats both as the same."""

    acronym: Mark
    term: Title
    aliases: list[Alias] = []
    source: Source | None = None


class GlossaryTerm(State, GlossaryTermRecord):
    """The public state of a glossary term (see `GlossaryTermRecord`)."""


class Mention(Part):
    """A paragraph of a publication that names an initiative."""

    publication: Slug
    ref: Ref
    stance: Literal["announced", "carried-out"]


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
    status: Literal["planned", "running", "completed", "unknown"]
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


class Initiative(State, InitiativeRecord):
    """The public state of an initiative (see `InitiativeRecord`)."""


class About(Part):
    """What an update reports about."""

    type: Literal["initiative", "partner", "organisation", "group", "meeting"]
    slug: Slug


class Update(State):
    """An approved report about an initiative, partner, organisation, group or meeting."""

    about: About
    kind: Word
    """Such as `progress`, `event`, `publication`, `good-practice`, `news`."""
    title: Title
    text: LanguageMap
    links: list[WebAddress] = []
    mentions: list[Mention] = []
    approved_at: datetime


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
