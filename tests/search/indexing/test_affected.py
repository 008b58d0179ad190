"""The live index is the one that a rebuild makes, whatever was renamed, moved or removed, in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aep_search.indexing.indexer import Indexer
from aep_shared.contracts.topics import (
    FRAMEWORK_NODE,
    INITIATIVE,
    MEETING,
    ORGANISATION,
    PARTNER,
    UPDATE,
    Topic,
)
from tests.search.conftest import Search

NAMES = ("a", "b", "c")
Make = Callable[[random.Random], Mapping[str, Any]]


def _partner(chance: random.Random) -> Mapping[str, Any]:
    return {"slug": chance.choice(NAMES), "kind": "country", "name": {"en": f"Land {chance.random()}"}}


def _organisation(chance: random.Random) -> Mapping[str, Any]:
    return {"slug": chance.choice(NAMES), "kind": "stakeholder", "name": {"en": f"Body {chance.random()}"}}


def _node(chance: random.Random) -> Mapping[str, Any]:
    return {
        "slug": chance.choice(NAMES),
        "kind": chance.choice(["objective", "action"]),
        "title": {"en": "Node"},
        "parent": chance.choice([None, *NAMES]),
    }


def _initiative(chance: random.Random) -> Mapping[str, Any]:
    return {
        "slug": chance.choice(NAMES),
        "title": {"en": "Work"},
        "status": "running",
        "partners": [{"partner": chance.choice(NAMES), "role": "member"}],
        "organisations": [{"organisation": chance.choice(NAMES), "role": "member"}],
        "coordinators": [{chance.choice(["partner", "organisation"]): chance.choice(NAMES)}],
        "framework": [{"node": chance.choice(NAMES)}],
    }


def _update(chance: random.Random) -> Mapping[str, Any]:
    about = {"type": chance.choice(["initiative", "partner"]), "slug": chance.choice(NAMES)}
    return {
        "about": about,
        "kind": "news",
        "title": {"en": "News"},
        "text": {"en": "Text"},
        "approved_at": "2026-02-01T00:00:00Z",
    }


def _meeting(chance: random.Random) -> Mapping[str, Any]:
    return {
        "slug": chance.choice(NAMES),
        "title": {"en": "Talk"},
        "kind": "seminar",
        "date_status": "planned",
        "host": chance.choice(NAMES),
    }


KINDS: tuple[tuple[Topic, Make], ...] = (
    (PARTNER, _partner),
    (ORGANISATION, _organisation),
    (FRAMEWORK_NODE, _node),
    (INITIATIVE, _initiative),
    (UPDATE, _update),
    (MEETING, _meeting),
)


@pytest.mark.parametrize("change", ["renamed", "removed"])
async def test_what_refers_to_a_partner_follows_when_it_is(search: Search, change: str) -> None:
    await search.put("a")
    await search.arrives(
        INITIATIVE,
        "i",
        {"slug": "i", "title": {"en": "Work"}, "status": "running", "partners": [{"partner": "a", "role": "member"}]},
    )
    indexer = search.indexer()
    await _ready(indexer)
    await _caught_up(search, indexer)
    state = {"slug": "b", "kind": "country", "name": {"en": "Ruritania"}} if change == "renamed" else None
    await search.arrives(PARTNER, "a", state)
    await _assert_live_is_rebuilt(search, indexer)


async def test_any_changes_in_any_order_leave_the_index_that_a_rebuild_makes(
    search: Search, seed: random.Random
) -> None:
    indexer = search.indexer()
    await _ready(indexer)
    for topic, make in KINDS * 3:
        await search.arrives(topic, f"{topic.name} {seed.choice(NAMES)}", make(seed))
    await _assert_live_is_rebuilt(search, indexer)
    for _ in range(15):
        # A few changes only: a later one would hide what an earlier one left behind.
        for _ in range(seed.randint(1, 4)):
            topic, make = seed.choice(KINDS)
            gone = seed.random() < 0.2
            await search.arrives(topic, f"{topic.name} {seed.choice(NAMES)}", None if gone else make(seed))
            if seed.random() < 0.3:
                await _caught_up(search, indexer)
        await _assert_live_is_rebuilt(search, indexer)


async def _ready(indexer: Indexer) -> None:
    await indexer.leadership.acquire()
    await indexer.rebuild()


async def _caught_up(search: Search, indexer: Indexer) -> None:
    active = await search.index.active()
    assert active is not None
    while await indexer.step([active]):
        pass


async def _assert_live_is_rebuilt(search: Search, indexer: Indexer) -> None:
    await _caught_up(search, indexer)
    live = await search.visible()
    await indexer.rebuild()
    assert await search.visible() == live
