"""Series of meetings over HTTP: every field, every filter, every order."""

from __future__ import annotations

from typing import Any

import pytest

from aep_events.series.register import SERIES
from aep_shared.contracts.base import Source
from aep_shared.contracts.events import SeriesRecord
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, left_out, slugs
from tests.served import Served

MEETINGS = SeriesRecord(
    slug="soms",
    title={"en": "Senior officials", "fr": "Hauts fonctionnaires"},
    kind="senior-officials",
    source=Source(publication="conclusions", ref="84"),
)


@left_out(SeriesRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, SERIES, MEETINGS, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, SERIES, MEETINGS)


async def test_series_are_found_by_their_kind(standing: Served) -> None:
    fora = {**full(MEETINGS), "slug": "f-fora", "kind": "forum"}
    await imported(standing, SERIES, fora, {**full(MEETINGS), "slug": "f-groups", "kind": "group"})
    assert await slugs(standing, SERIES, kind="forum") == ["f-fora"]
    assert await slugs(standing, SERIES, kind="forum", slug="f-groups") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": {}},
        {"title": None},
        {"kind": "Senior Officials"},
        {"slug": "a--b"},
        {"colour": "blue"},
        {"kind": None},
    ],
)
async def test_a_series_that_is_none_is_refused(standing: Served, wrong: dict[str, Any]) -> None:
    answer = await standing.call("officer", "POST", "series", json={**full(MEETINGS), "slug": "refused", **wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert answer.json()["errors"][0]["field"].startswith(f"body.{next(iter(wrong))}")
    assert await slugs(standing, SERIES, slug="refused") == []


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("officer", 200),
        ("deputy", 200),
        ("operator", 200),
        ("editor", 403),
        ("group-chair group=soms", 403),
        ("officer scopes=reader", 403),
        (None, 401),
    ],
)
async def test_who_changes_a_series(standing: Served, who: str | None, status: int) -> None:
    await imported(standing, SERIES, full(MEETINGS))
    changed = await standing.call(who, "PATCH", "series/soms", json={"kind": "ministers"})
    assert changed.status_code == status
    shown = (await standing.call(None, "GET", "series/soms")).json()
    assert shown["kind"] == ("ministers" if status == 200 else "senior-officials")
