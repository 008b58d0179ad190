"""A group of the process."""

from __future__ import annotations

from pydantic import model_validator

from aep_shared.contracts.base import (
    Alias,
    EdtfDate,
    Figure,
    LanguageMap,
    Part,
    RegisterRecord,
    Slug,
    Source,
    State,
    Title,
    Word,
    exactly_one,
)
from aep_shared.contracts.examples import STRATEGY, example_id, said_in
from aep_shared.contracts.topic import Topic


class Member(Part):
    """A partner or an organisation in a group."""

    partner: Slug | None = None
    organisation: Slug | None = None
    role: Word
    """Such as `member`, `chair`, `co-chair`, `coordinator`."""
    state: Word = "member"
    """Such as `invited`, `interest-expressed`, `nominated`, `member`, `suspended`, `left`."""
    since: EdtfDate | None = None
    until: EdtfDate | None = None
    source: Source | None = None
    other_sources: list[Source] = []

    @model_validator(mode="after")
    def _names_one(self) -> Member:
        exactly_one(self, "partner", "organisation")
        return self


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


EXAMPLE = Group(
    id=example_id(3),
    slug="standing-working-group",
    kind="working-group",
    name={"en": "Standing Working Group"},
    description={"en": "Helps the secretariat to watch over strategy and action plan."},
    aliases=[Alias(name="Standing Working Group (SWG)", source=Source(publication=STRATEGY, ref="preamble.p2"))],
    members=[
        Member(partner="austria", role="member", source=said_in("12")),
        Member(partner="romania", role="member", state="interest-expressed", since="2022", source=said_in("12")),
    ],
    member_counts=[Figure(value=10, unit="partner countries", what={"en": "members"}, source=said_in("12"))],
    established="2019-12",
    established_source=Source(publication=STRATEGY, ref="preamble.p2"),
    sources=[said_in("12"), said_in("76")],
)
GROUP = Topic("aep.registry.group.v1", Group, "registry", ("search",), example=EXAMPLE)
