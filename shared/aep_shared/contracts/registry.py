"""Events of the registry."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aep_shared.contracts.base import DatedName, EdtfDate, LanguageMap, Part, Slug, Source, State


class PartnerRecord(Part):
    """A partner of the process: a country, an institution, or a community that has a delegation of its own."""

    slug: Slug
    kind: Literal["country", "institution", "community"]
    name: LanguageMap
    unconfirmed_languages: list[str] = []
    """Languages whose name was proposed by CLDR and not yet confirmed by the partner."""
    iso: str | None = None
    asem_group: Literal["asia", "europe"] | None = None
    parent: Slug | None = None
    source: Source | None = None


class Partner(State, PartnerRecord):
    """The public state of a partner (see `PartnerRecord`)."""


class OrganisationRecord(Part):
    """A stakeholder organisation, a supporting body, the secretariat, or another organisation that coordinates."""

    slug: Slug
    kind: Literal["stakeholder", "supporting-body", "secretariat", "organisation"]
    name: LanguageMap
    acronym: str | None = None
    mandate: LanguageMap = {}
    links: list[str] = []
    source: Source | None = None


class Organisation(State, OrganisationRecord):
    """The public state of an organisation (see `OrganisationRecord`)."""


class GroupRecord(Part):
    """A working, expert or drafting group of the process."""

    slug: Slug
    kind: str
    name: LanguageMap
    aliases: list[DatedName] = []


class Group(State, GroupRecord):
    """The public state of a group (see `GroupRecord`)."""


class FrameworkNodeRecord(Part):
    """A node of the frameworks that work is measured against: objective, sub-goal, action, SDG target, priority."""

    slug: Slug
    kind: Literal["objective", "sub-goal", "action", "sdg-goal", "sdg-target", "priority", "theme"]
    number: str
    title: LanguageMap
    parent: Slug | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    source: Source | None = None


class FrameworkNode(State, FrameworkNodeRecord):
    """The public state of a framework node (see `FrameworkNodeRecord`)."""


class GlossaryTermRecord(Part):
    """An acronym of the process and what it stands for; search treats both as the same."""

    slug: Slug
    acronym: str
    term: LanguageMap
    source: Source | None = None


class GlossaryTerm(State, GlossaryTermRecord):
    """The public state of a glossary term (see `GlossaryTermRecord`)."""


class Mention(Part):
    """A paragraph of a publication that names an initiative."""

    publication: Slug
    ref: str
    stance: Literal["announced", "carried-out"]


class Contribution(Part):
    """A link from an initiative to a node of a framework; degree and reason stay empty until a person sets them."""

    node: Slug
    degree: Literal["high", "medium", "low"] | None = None
    reason: LanguageMap = {}
    source: Source | None = None


class Involvement(Part):
    """A partner or organisation that takes part in an initiative."""

    slug: Slug
    role: str
    source: Source | None = None


class Coordinator(Part):
    """The organisation or partner that coordinates an initiative, and who says so."""

    organisation: Slug | None = None
    partner: Slug | None = None
    source: Source | None = None


class InitiativeRecord(Part):
    """A project or programme that partners and organisations carry out together."""

    slug: Slug
    former_slugs: list[Slug] = []
    title: LanguageMap
    summary: LanguageMap = {}
    aliases: list[DatedName] = []
    parent: Slug | None = None
    status: Literal["planned", "running", "completed", "unknown"]
    dates: EdtfDate | None = None
    coordinators: list[Coordinator] = []
    partners: list[Involvement] = []
    organisations: list[Involvement] = []
    framework: list[Contribution] = []
    mentions: list[Mention] = []


class Initiative(State, InitiativeRecord):
    """The public state of an initiative (see `InitiativeRecord`)."""


class About(Part):
    """What an update reports about."""

    type: Literal["initiative", "partner", "organisation", "group", "meeting"]
    slug: Slug


class Update(State):
    """An approved report about an initiative, partner, organisation, group or meeting."""

    about: About
    kind: Literal["progress", "event", "publication", "good-practice", "news"]
    title: LanguageMap
    text: LanguageMap
    links: list[str] = []
    mentions: list[Mention] = []
    approved_at: datetime


class Grant(Part):
    """A role that a subject has, limited to a record where the role is one of a record."""

    role: str
    initiative: Slug | None = None
    partner: Slug | None = None
    group: Slug | None = None
    until: datetime | None = None


class Subject(State):
    """What a person or program may do; no personal data. A heartbeat has neither grants nor a person behind it."""

    heartbeat: datetime | None = None
    not_before: datetime | None = None
    """Tokens issued earlier than this are no longer accepted."""
    ended_tokens: list[str] = []
    grants: list[Grant] = []
