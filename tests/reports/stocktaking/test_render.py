"""A report is made whatever people write, in every script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aep_reports.runs.renderer import render
from aep_reports.stocktaking.render import without_glyph


def _document(title: str) -> dict[str, Any]:
    return {
        "title": "Stocktaking Report",
        "since": "2024-01-25",
        "since_meeting": None,
        "positions": {},
        "frozen_at": "2026-11-24T16:00:00+00:00",
        "chapters": [],
        "without_objective": [],
        "partners": [],
        "without_update": [{"slug": "x", "title": title}],
    }


@pytest.mark.parametrize(
    "title",
    [
        "教育合作",
        "การศึกษา",
        "ការអប់រំ",
        "ການສຶກສາ",
        "ပညာရေး",
        "교육",
        "教育、きょういく",
        "تعليم",
        "शिक्षा",
        "শিক্ষা",
        "Образование",
        "Εκπαίδευση",
        "Giáo dục",
        "🎓",
        "\ue000",
        "\uffff",
        "a\u2028b",
        "\U0001fffe",
    ],
)
async def test_a_report_is_made_of_every_title(title: str) -> None:
    files = await render(_document(title))
    assert files["pdf"].startswith(b"%PDF")
    if title.isprintable():
        assert title in files["html"].decode()


@pytest.mark.parametrize(
    ("signs", "shown"),
    [
        ("教育合作", True),
        ("教育、きょういく", True),
        ("교육", True),
        ("การศึกษา", True),
        ("ការអប់រំ", True),
        ("ການສຶກສາ", True),
        ("ပညာရေး", True),
        ("تعليم", True),
        ("शिक्षा", True),
        ("শিক্ষা", True),
        ("கல்வி", True),
        ("Боловсрол", True),
        ("Εκπαίδευση", True),
        ("Giáo dục", True),
        ("\ue000", False),
        ("\U0001fffe", False),
    ],
)
def test_every_script_of_the_partners_has_its_glyphs(tmp_path: Path, signs: str, shown: bool) -> None:
    assert without_glyph(tmp_path, set(signs)) == (set() if shown else set(signs))
