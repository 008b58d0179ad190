"""The report as a page: every section with nothing and with something, and no word of anybody is markup."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest

from aep_reports.runs.renderer import render
from aep_reports.stocktaking.document import Report
from aep_reports.stocktaking.render import _html

EMPTY: dict[str, Any] = {
    "title": "Stocktaking Report",
    "since": date(2024, 1, 25),
    "since_meeting": None,
    "frozen_at": datetime(2026, 2, 1, 8, 30, tzinfo=UTC),
    "positions": {},
    "chapters": [],
    "without_objective": [],
    "without_update": [],
    "partners": [],
}
LAB: dict[str, Any] = {
    "slug": "lab",
    "title": "Lab",
    "summary": "What it is about",
    "status": "running",
    "coordinators": [],
    "partners": [],
    "mentions": [],
    "updates": [],
}


def html(**parts: Any) -> str:
    return _html(Report.model_validate({**EMPTY, **parts}))


def words(page: str) -> str:
    """What a reader sees, with one blank between words."""
    body = page[page.index("<main>") : page.index("</main>") + len("</main>")]
    return " ".join("".join(ElementTree.fromstring(body).itertext()).split())


def chapter(*initiatives: dict[str, Any], number: str | None = "1") -> dict[str, Any]:
    return {"objective": "so1", "number": number, "title": "Mobility", "initiatives": list(initiatives)}


def test_a_report_of_nothing_is_a_page() -> None:
    assert words(html()) == (
        "Stocktaking Report Updates since 2024-01-25. Frozen at 2026-02-01T08:30:00+00:00."
        " Partners involved PartnerInitiatives No update received"
    )


def test_a_report_since_a_meeting_says_which() -> None:
    assert "Updates since 2024-01-25 (asemme9)." in words(html(since_meeting="asemme9"))


def test_a_chapter_says_that_nothing_serves_its_objective() -> None:
    assert "1: Mobility No initiative is linked to this objective." in words(html(chapters=[chapter()]))


def test_an_objective_without_a_number_is_called_by_its_title_alone() -> None:
    shown = words(html(chapters=[chapter(number=None)]))
    assert "None" not in shown
    assert "Mobility No initiative" in shown


def test_an_initiative_with_nothing_says_only_what_is_known() -> None:
    shown = words(html(chapters=[chapter(LAB)]))
    assert "Lab What it is about Status: running. No update received." in shown
    for missing in ("Coordinated by", "With", "Named in", "Approved on", "None"):
        assert missing not in shown


def test_an_initiative_with_everything() -> None:
    mention = {"publication": "conclusions", "stance": "announced", "linked": True}
    whole = {
        **LAB,
        "coordinators": ["The Union", "The Isle"],
        "partners": ["Austria", "Malta"],
        "mentions": [{**mention, "ref": "4"}, {**mention, "ref": "5", "stance": "carried-out"}],
        "updates": [
            {"title": "First", "text": "Twelve pairs", "approved": "2026-01-02"},
            {"title": "Second", "text": "More pairs", "approved": "2026-01-05"},
        ],
    }
    assert (
        "Status: running. Coordinated by The Union, The Isle. With Austria, Malta."
        " Named in: conclusions, paragraph 4 (announced); conclusions, paragraph 5 (carried-out)."
        " First Twelve pairs Approved on 2026-01-02. Second More pairs Approved on 2026-01-05."
    ) in words(html(chapters=[chapter(whole)]))


def test_what_serves_no_objective_has_a_section_where_there_is_any() -> None:
    assert "without an objective" not in html()
    assert "Initiatives without an objective Lab" in words(html(without_objective=[LAB]))


def test_partners_and_initiatives_nobody_reported_about_are_listed() -> None:
    page = html(
        partners=[{"slug": "isle", "name": "The Isle", "initiatives": 3}],
        without_update=[{"slug": "lab", "title": "Lab"}, {"slug": "fair", "title": "Fair"}],
    )
    assert "The Isle3" in words(page)
    assert words(page).endswith("No update received Lab Fair")


MARKUP = "<script>alert('x')</script> & more"


@pytest.mark.parametrize("part", ["title", "summary", "coordinators", "partners", "update title", "update text"])
def test_nothing_that_somebody_wrote_is_markup(part: str) -> None:
    lab = dict(LAB)
    if part.startswith("update"):
        fields = {"title": "x", "text": "y", "approved": "2026-01-02", part.removeprefix("update "): MARKUP}
        lab["updates"] = [fields]
    else:
        lab[part] = [MARKUP] if isinstance(lab[part], list) else MARKUP
    page = html(chapters=[chapter(lab)], without_objective=[lab])
    assert "<script" not in page
    assert words(page).count(MARKUP) == 2


async def test_the_pdf_of_an_objective_without_a_number_and_the_json_as_it_is() -> None:
    report = Report.model_validate({**EMPTY, "chapters": [chapter(LAB, number=None)]})
    files = await render(report)
    assert files["pdf"].startswith(b"%PDF")
    assert Report.model_validate_json(files["json"]) == report
    assert list(orjson.loads(files["json"])) == sorted(EMPTY)
