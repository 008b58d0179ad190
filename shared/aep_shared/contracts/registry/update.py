"""An approved update."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from aep_shared.contracts.base import LanguageMap, Part, Slug, State, Title, WebAddress, Word
from aep_shared.contracts.examples import example_id
from aep_shared.contracts.registry.mention import Mention
from aep_shared.contracts.topic import Topic


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


EXAMPLE = Update(
    id=example_id(7),
    about=About(type="initiative", slug="demo-lantern-exchange-3"),
    kind="progress",
    title={"en": "First visits are booked", "fr": "Premières visites réservées"},
    text={"en": "Twelve pairs of students have their dates."},
    links=["https://lantern.example.org/visits"],
    mentions=[Mention(publication="demo-conclusions", ref="4", stance="carried-out")],
    approved_at=datetime(2026, 6, 3, 9, 30, tzinfo=UTC),
)
UPDATE = Topic(
    "aep.registry.update.v1", Update, "registry", ("search", "notifications", "reports"), partitions=4, example=EXAMPLE
)
