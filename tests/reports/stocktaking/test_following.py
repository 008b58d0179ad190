"""The report counts what refers to a renamed record by a slug that it no longer has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from aep_reports.runs.models import Run
from aep_reports.stocktaking.document import InvolvedPartner
from aep_reports.stocktaking.model import Frozen, build

_ID = "017dbb63-8000-7000-8000-000000000000"
FROZEN: dict[str, list[dict[str, object]]] = {
    "aep.registry.partner.v1": [
        {"id": _ID, "slug": "austria", "former_slugs": ["osterreich"], "kind": "country", "name": {"en": "Austria"}}
    ],
    "aep.registry.framework-node.v1": [
        {
            "id": _ID,
            "slug": "so1",
            "former_slugs": ["o1"],
            "kind": "objective",
            "number": "1",
            "title": {"en": "Objective"},
        },
        {"id": _ID, "slug": "a1", "kind": "action", "number": "1.1", "title": {"en": "Action"}, "parent": "o1"},
    ],
    "aep.registry.initiative.v1": [
        {
            "id": _ID,
            "slug": "port-lab",
            "former_slugs": ["harbour-lab"],
            "title": {"en": "Port lab"},
            "status": "running",
            "partners": [{"partner": "osterreich", "role": "host"}, {"partner": "austria", "role": "member"}],
            "framework": [{"node": "a1"}],
        },
    ],
    "aep.registry.update.v1": [
        {
            "id": f"{_ID[:-1]}{number}",
            "kind": "news",
            "about": {"type": "initiative", "slug": slug},
            "title": {"en": slug},
            "text": {"en": "x"},
            "approved_at": f"2026-01-0{number}T00:00:00Z",
        }
        for number, slug in ((1, "harbour-lab"), (2, "port-lab"))
    ],
}


def test_updates_partners_and_objectives_follow_a_rename() -> None:
    run = Run(
        report="stocktaking",
        since=date(2025, 1, 1),
        requested_by=UUID(_ID),
        frozen_at=datetime(2026, 2, 1, tzinfo=UTC),
        positions={},
    )
    report = build(Frozen.read(FROZEN), run)
    assert [chapter.objective for chapter in report.chapters] == ["so1"]
    [initiative] = report.chapters[0].initiatives
    assert [update.title for update in initiative.updates] == ["harbour-lab", "port-lab"]
    assert initiative.partners == ["Austria"]
    assert (report.without_update, report.without_objective) == ([], [])
    assert report.partners == [InvolvedPartner(slug="austria", name="Austria", initiatives=1)]
