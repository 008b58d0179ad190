"""From the frozen states to the content of the Stocktaking Report: pure, and the same for the same freeze."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from aep_reports.runs.models import Run
from aep_reports.stocktaking.document import (
    Chapter,
    InvolvedPartner,
    Named,
    Report,
    ReportedInitiative,
    ReportedUpdate,
    Unreported,
)
from aep_shared.contracts.base import State, by_any_slug
from aep_shared.contracts.registry import FrameworkNode, Initiative, Organisation, Partner, Update
from aep_shared.contracts.registry.framework_node import objectives_of
from aep_shared.contracts.search import Paragraph
from aep_shared.contracts.topic import Topic
from aep_shared.contracts.topics import FRAMEWORK_NODE, INITIATIVE, ORGANISATION, PARAGRAPH, PARTNER, UPDATE
from aep_shared.language import in_language

LANGUAGE = "en"
S = TypeVar("S", bound=State)
Stored = Mapping[str, list[dict[str, object]]]
"""The states of a freeze as they came, by topic."""


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


def build(frozen: Frozen, run: Run) -> Report:
    """The report: chapters by objective, partners involved, initiatives nobody reported about."""
    updates = _updates_by_initiative(frozen, run.since)
    initiatives = sorted(_each(frozen.initiatives), key=lambda one: (_text(one.title).casefold(), one.slug))
    published = {(paragraph.publication_slug, paragraph.ref) for paragraph in frozen.paragraphs}
    entries = {one.slug: _initiative(one, updates.get(one.slug, []), frozen, published) for one in initiatives}
    objectives = {one.slug: objectives_of(one.nodes, frozen.nodes) for one in initiatives}
    chapters = [
        _chapter(node, [entries[slug] for slug, found in objectives.items() if node.slug in found])
        for node in sorted(_each(frozen.nodes), key=lambda node: str(node.number))
        if node.is_objective
    ]
    return Report(
        title="Stocktaking Report",
        since=run.since,
        since_meeting=run.since_meeting,
        frozen_at=run.frozen_at,
        positions=run.positions,
        chapters=chapters,
        without_objective=[entries[slug] for slug, found in objectives.items() if not found],
        without_update=[Unreported(slug=one.slug, title=one.title) for one in entries.values() if not one.updates],
        partners=_involved_partners(initiatives, frozen),
    )


Record = TypeVar("Record", Initiative, FrameworkNode)


def _each(known: Mapping[str, Record]) -> list[Record]:
    """Each record once, in the order of the freeze."""
    return [record for slug, record in known.items() if slug == record.slug]


def _text(texts: Mapping[str, str]) -> str:
    return in_language(dict(texts), LANGUAGE)[0]


def _updates_by_initiative(frozen: Frozen, since: date) -> dict[str, list[ReportedUpdate]]:
    """The updates since a day by the present slug of their initiative, the oldest first."""
    found: dict[str, list[ReportedUpdate]] = {}
    for update in sorted(frozen.updates, key=lambda update: (update.approved_at, str(update.id))):
        approved = update.approved_at.date()
        if update.about.type == "initiative" and approved >= since:
            reported = ReportedUpdate(title=_text(update.title), text=_text(update.text), approved=approved)
            initiative = frozen.initiatives.get(update.about.slug)
            found.setdefault(initiative.slug if initiative else update.about.slug, []).append(reported)
    return found


def _initiative(
    initiative: Initiative, updates: list[ReportedUpdate], frozen: Frozen, published: set[tuple[str, str]]
) -> ReportedInitiative:
    in_charge = [
        frozen.name(slug, known)
        for entry in initiative.coordinators
        # Groups are not frozen: one in charge is called by its slug, as every body that is not known.
        for slug, known in (
            (entry.organisation, frozen.organisations),
            (entry.partner, frozen.partners),
            (entry.group, {}),
        )
        if slug
    ]
    mentions = [
        Named(publication=m.publication, ref=m.ref, stance=m.stance, linked=(m.publication, m.ref) in published)
        for m in initiative.mentions
    ]
    return ReportedInitiative(
        slug=initiative.slug,
        title=_text(initiative.title),
        summary=_text(initiative.summary or {}),
        status=initiative.status,
        coordinators=list(dict.fromkeys(in_charge)),
        partners=sorted({frozen.name(entry.partner, frozen.partners) for entry in initiative.partners}),
        mentions=mentions,
        updates=updates,
    )


def _chapter(node: FrameworkNode, initiatives: list[ReportedInitiative]) -> Chapter:
    return Chapter(objective=node.slug, number=node.number, title=_text(node.title), initiatives=initiatives)


def _involved_partners(initiatives: Iterable[Initiative], frozen: Frozen) -> list[InvolvedPartner]:
    """Each partner with the number of initiatives that it takes part in or is in charge of, by name."""
    counts: Counter[str] = Counter()
    for initiative in initiatives:
        known = ((slug, frozen.partners.get(slug)) for slug in initiative.partners_involved)
        counts.update({partner.slug if partner else slug for slug, partner in known})
    listed = [
        InvolvedPartner(slug=slug, name=frozen.name(slug, frozen.partners), initiatives=count)
        for slug, count in counts.items()
    ]
    return sorted(listed, key=lambda partner: partner.name.casefold())
