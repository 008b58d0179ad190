"""A report is made whatever people write, in every script."""

from __future__ import annotations

from typing import Any

import pytest

from aep_reports.runs.renderer import render


def _document(title: str) -> dict[str, Any]:
    return {
        "title": "Stocktaking Report", "since": "2024-01-25", "since_meeting": None, "positions": {},
        "frozen_at": "2026-11-24T16:00:00+00:00", "chapters": [], "without_objective": [], "partners": [],
        "without_update": [{"slug": "x", "title": title}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "title",
    ["教育合作", "การศึกษา", "ការអប់រំ", "ການສຶກສາ", "ပညာရေး", "교육", "教育、きょういく", "تعليم", "शिक्षा", "শিক্ষা",
     "Образование", "Εκπαίδευση", "Giáo dục", "🎓", "\ue000", "\uffff", "a\u2028b", "\U0001fffe"],
)  # fmt: skip
async def test_a_report_is_made_of_every_title(title: str) -> None:
    files = await render(_document(title))
    assert files["pdf"].startswith(b"%PDF")
    if title.isprintable():
        assert title in files["html"].decode()
