"""From the frozen states to the content of the Stocktaking Report: pure, and the same for the same freeze."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Row

from aep_shared.contracts.base import State, by_any_slug
from aep_shared.contracts.registry import FrameworkNode, Initiative, Organisation, Partner, Update
from aep_shared.contracts.registry.framework_node import objectives_of
from aep_shared.contracts.search import Paragraph
from aep_shared.contracts.topic import Topic
from aep_shared.contracts.topics import FRAMEWORK_NODE, INITIATIVE, ORGANISATION, PARAGRAPH, PARTNER, UPDATE
from aep_shared.language import in_language

LANGUAGE = "en"
S = TypeVar("S", bound=State)
Stored = Mapping[str, list[dict[str, Any]]]
"""The states of a freeze as they came, by topic."""
Entry = dict[str, Any]
"""A part of the report as JSON values."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What the report is made of: records by every slug that they had, and what is counted."""

    partners: Mapping[str, Partner]
    organisations: Mapping[str, Organisation]
    nodes: Mapping[str, FrameworkNode]
    initiatives: Mapping[str, Initiative]
    updates: list[Update]
    paragraphs: list[Paragraph]

    @classmethod
    def read(cls, stored: Stored) -> Frozen:
        """The states with the defaults of what they left out.

        Raises `pydantic.ValidationError` where one does not fit its contract.
        """

        def states(topic: Topic[S]) -> list[S]:
            return [topic.read(state) for state in stored.get(topic.name, ())]

        return cls(
            partners=by_any_slug(states(PARTNER)),
            organisations=by_any_slug(states(ORGANISATION)),
            nodes=by_any_slug(states(FRAMEWORK_NODE)),
            initiatives=by_any_slug(states(INITIATIVE)),
            updates=states(UPDATE),
            paragraphs=states(PARAGRAPH),
        )

    def name(self, slug: str, known: Mapping[str, Partner] | Mapping[str, Organisation]) -> str:
        """What a body is called; one that is not in the freeze has only its slug."""
        return _text(known[slug].name) if slug in known else slug


def build(frozen: Frozen, run: Row[Any]) -> Entry:
    """The report as JSON values: chapters by objective, partners involved, initiatives nobody reported about."""
    updates = _updates_by_initiative(frozen, run.since)
    initiatives = sorted(_each(frozen.initiatives), key=lambda one: (_text(one.title).casefold(), one.slug))
    published = {f"{paragraph.publication_slug}/{paragraph.ref}" for paragraph in frozen.paragraphs}
    entries = {one.slug: _initiative(one, updates.get(one.slug, []), frozen, published) for one in initiatives}
    objectives = {one.slug: objectives_of(one.nodes, frozen.nodes) for one in initiatives}
    chapters = [
        _chapter(node, [entries[slug] for slug, found in objectives.items() if node.slug in found])
        for node in sorted(_each(frozen.nodes), key=lambda node: str(node.number))
        if node.is_objective
    ]
    return {
        "title": "Stocktaking Report",
        "since": run.since.isoformat(),
        "since_meeting": run.since_meeting,
        "frozen_at": run.frozen_at.isoformat(),
        "positions": run.positions,
        "chapters": chapters,
        "without_objective": [entries[slug] for slug, found in objectives.items() if not found],
        "without_update": [{"slug": s, "title": e["title"]} for s, e in entries.items() if not e["updates"]],
        "partners": _involved_partners(initiatives, frozen),
    }


Record = TypeVar("Record", Initiative, FrameworkNode)


def _each(known: Mapping[str, Record]) -> list[Record]:
    """Each record once, in the order of the freeze."""
    return [record for slug, record in known.items() if slug == record.slug]


def _text(texts: Mapping[str, str]) -> str:
    return in_language(dict(texts), LANGUAGE)[0]


def _updates_by_initiative(frozen: Frozen, since: date) -> dict[str, list[Entry]]:
    """The updates since a day by the present slug of their initiative, the oldest first."""
    found: dict[str, list[Entry]] = {}
    for update in sorted(frozen.updates, key=lambda update: (update.approved_at, str(update.id))):
        approved = update.approved_at.date()
        if update.about.type == "initiative" and approved >= since:
            entry = {"title": _text(update.title), "text": _text(update.text), "approved": approved.isoformat()}
            initiative = frozen.initiatives.get(update.about.slug)
            found.setdefault(initiative.slug if initiative else update.about.slug, []).append(entry)
    return found


def _initiative(initiative: Initiative, updates: list[Entry], frozen: Frozen, published: set[str]) -> Entry:
    in_charge = [
        frozen.name(slug, known)
        for entry in initiative.coordinators
        for slug, known in ((entry.organisation, frozen.organisations), (entry.partner, frozen.partners))
        if slug
    ]
    mentions = [
        {
            "publication": mention.publication,
            "ref": mention.ref,
            "stance": mention.stance,
            "linked": f"{mention.publication}/{mention.ref}" in published,
        }
        for mention in initiative.mentions
    ]
    return {
        "slug": initiative.slug,
        "title": _text(initiative.title),
        "summary": _text(initiative.summary or {}),
        "status": initiative.status,
        "coordinators": list(dict.fromkeys(in_charge)),
        "partners": sorted({frozen.name(entry.partner, frozen.partners) for entry in initiative.partners}),
        "mentions": mentions,
        "updates": updates,
    }


def _chapter(node: FrameworkNode, entries: list[Entry]) -> Entry:
    return {"objective": node.slug, "number": node.number, "title": _text(node.title), "initiatives": entries}


def _involved_partners(initiatives: Iterable[Initiative], frozen: Frozen) -> list[Entry]:
    """Each partner with the number of initiatives that it takes part in or is in charge of, by name."""
    counts: Counter[str] = Counter()
    for initiative in initiatives:
        known = ((slug, frozen.partners.get(slug)) for slug in initiative.partners_involved)
        counts.update({partner.slug if partner else slug for slug, partner in known})
    listed = [
        {"slug": slug, "name": frozen.name(slug, frozen.partners), "initiatives": count}
        for slug, count in counts.items()
    ]
    return sorted(listed, key=lambda entry: str(entry["name"]).casefold())
