"""What goes into an index of a document, and what may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aep_search.index.errors import DocumentRefused
from aep_search.index.port import IndexDocument, Text
from aep_search.index.prepare import digest, prepare
from tests.search.index.support import doc

FULL = doc(
    name="a",
    texts={"fr": Text("Titre", "Éducation"), "en": Text("Title", "Secret words")},
    kind="report",
    publication="p",
    objectives=("SO2", "SO1", "SO2"),
    partners=("fr",),
    starts=1,
    ends=2,
    rank_date=3,
    stored={"url": "/secret"},
)


def test_hidden_document_leaves_nothing_but_id_and_version() -> None:
    bare = prepare(IndexDocument(FULL.id, FULL.version, type="paragraph", hidden=True))

    assert prepare(replace(FULL, hidden=True)) == bare
    assert (bare.exact, bare.prefix, bare.facets, bare.starts, bare.source) == ((), (), {}, None, "{}")


def test_streams_hold_each_title_and_body_apart() -> None:
    prepared = prepare(FULL)

    assert prepared.exact == (("title",), ("secret", "words"), ("titre",), ("education",))
    assert prepared.stem == (("titl",), ("secret", "word"), ("titr",), ("educ",))
    assert prepared.title == (("titl",), ("titr",))
    assert {"w", "words", "educ"} <= set(prepared.prefix)
    assert prepared.facets["objective"] == ("SO1", "SO2")


def test_equal_title_and_body_are_one_title() -> None:
    assert prepare(doc("same", title="same")).title == (("same",),)


def test_digest_is_of_everything_but_the_version() -> None:
    first = digest(prepare(FULL).source)

    assert digest(prepare(replace(FULL, version=9, objectives=("SO1", "SO2"))).source) == first
    changes: list[dict[str, Any]] = [
        {"kind": None},
        {"ends": 3},
        {"texts": {}},
        {"stored": {}},
        {"partners": ()},
    ]
    assert first not in {digest(prepare(replace(FULL, **change)).source) for change in changes}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "paragraph"},
        {"id": "paragraph:" + "x" * 201},
        {"id": "Para graph:1"},
        {"version": 0},
        {"version": 2**63},
        {"kind": ""},
        {"kind": "x" * 257},
        {"partners": ("a\nb",)},
        {"starts": 2**21},
        {"starts": 3, "ends": 2},
        {"stored": {"x": {1, 2}}},
        {"stored": {"x": float("inf")}},
        {"stored": {"x": "\ud800"}},
        {"texts": {"en": Text("", "x" * 1_000_001)}},
    ],
)
def test_impossible_document_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DocumentRefused):
        prepare(replace(FULL, **wrong))


def test_sort_keys_follow_the_days_and_are_distinct() -> None:
    days = [None, -400_000, -1, 0, 1, 20_000]
    prepared = [prepare(replace(FULL, rank_date=day)) for day in days]

    assert sorted(prepared, key=lambda one: one.newest) == prepared
    assert sorted(prepared, key=lambda one: one.oldest) == [*prepared[1:], prepared[0]]
    assert len({prepare(doc(name=str(number))).newest for number in range(2000)}) == 2000
    assert all(abs(one.newest) < 2**63 > abs(one.oldest) for one in prepared)
