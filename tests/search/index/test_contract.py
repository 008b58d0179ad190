"""What every search index does with documents: versions, hiding, dumps, names and the swap."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aep_search.index.errors import (
    IndexExists,
    IndexInUse,
    IndexMissing,
    NoActiveIndex,
)
from aep_search.index.port import SearchRequest, Total
from tests.search.index.conftest import Make
from tests.search.index.support import Clock, Prepared, asked, bodies, counts, distinct, doc


async def test_older_version_never_wins(index: Prepared) -> None:
    new, old = doc("new", name="a", version=5), doc("old", name="a", version=4)

    assert [one.status for one in await index.add(new)] == ["written"]
    assert [one.status for one in await index.add(old)] == ["older"]

    assert await index.find("") == ["new"]


async def test_newer_version_replaces_every_word(index: Prepared) -> None:
    await index.add(doc("before", name="a", version=1), doc("other", name="b"))
    await index.add(doc("after", name="a", version=2))

    assert await index.find("") == ["after", "other"]
    assert await index.find("before") == []


async def test_same_version_again_changes_nothing(index: Prepared) -> None:
    await index.add(doc("first", name="a", version=3))

    outcomes = await index.add(doc("second", name="a", version=3))

    assert outcomes[0].status == "older"
    assert await index.find("") == ["first"]


async def test_document_twice_in_one_write_keeps_the_newer(index: Prepared) -> None:
    await index.add(doc("old", name="a", version=1), doc("new", name="a", version=2))
    await index.add(doc("new", name="b", version=2), doc("old", name="b", version=1))

    assert await index.find("") == ["new", "new"]


async def test_versions_hold_after_a_restart(index: Prepared, make: Make, engine: str) -> None:
    await index.add(doc("new", name="a", version=9))
    await index.port.close()
    index.port = make(engine)
    await index.port.open()

    outcomes = await index.add(doc("old", name="a", version=8))

    assert outcomes[0].status == "older"
    assert await index.find("") == ["new"]


async def test_version_of_microseconds_is_kept_whole(index: Prepared) -> None:
    version = 1_795_000_000_123_457
    await index.add(doc("a", name="a", version=version), doc("b", name="b", version=2**63 - 1))

    assert {one.version async for one in index.port.dump(index.name)} == {version, 2**63 - 1}


async def test_bad_document_does_not_harm_the_others(index: Prepared) -> None:
    bad = [
        replace(doc("bad"), id="no type"),
        replace(doc("bad"), version=0),
        doc("bad", partners=("x" * 300,)),
        doc("bad", stored={"number": float("nan")}),
        doc("bad", starts=5, ends=4),
        doc("lone \ud800 surrogate"),
        doc("x" * 1_000_001),
    ]

    outcomes = await index.add(doc("good"), *bad, doc("fine"))

    assert [one.status for one in outcomes] == ["written", *["refused"] * len(bad), "written"]
    assert all(one.reason for one in outcomes[1:-1])
    assert await index.find("") == ["fine", "good"]


async def test_empty_write_is_nothing(index: Prepared) -> None:
    assert await index.add() == []


async def test_hidden_document_is_nowhere(index: Prepared) -> None:
    open_one = doc("public text", name="a", kind="report", partners=("fr",))
    secret = doc("secretmarker text", name="b", kind="draft", partners=("de",), hidden=True)
    await index.add(open_one, secret)

    result = await index.port.search(asked("text", facets=("kind", "partner", "type", "language")))

    assert result.total == Total(1)
    assert counts(result)["kind"] == {"report": 1}
    assert counts(result)["partner"] == {"fr": 1}
    for query in ("secretmarker", "secret*", '"secretmarker text"', "-public", ""):
        assert "secretmarker" not in str(await index.port.search(asked(query)))
    assert await index.port.count(index.name) == 1


async def test_hiding_and_showing_again(index: Prepared) -> None:
    await index.add(doc("text", name="a", version=1))
    await index.add(doc("text", name="a", version=2, hidden=True))
    assert await index.find("text") == []

    assert (await index.add(doc("old", name="a", version=1)))[0].status == "older"
    assert await index.find("") == []

    await index.add(doc("again", name="a", version=3))
    assert await index.find("") == ["again"]


async def test_purge_forgets_what_was_hidden_long_ago(index: Prepared, clock: Clock) -> None:
    await index.add(doc("a", name="a", hidden=True), doc("b", name="b"))
    clock.now += 100
    await index.add(doc("c", name="c", hidden=True))

    instant = datetime.fromtimestamp(clock.now - 50, UTC)

    assert await index.port.purge_hidden(index.name, instant) == 1
    await index.port.refresh(index.name)
    left = {one.id: one.hidden async for one in index.port.dump(index.name)}
    assert left == {doc(name="b").id: False, doc(name="c").id: True}
    assert await index.port.purge_hidden(index.name, instant) == 0


async def test_dump_of_a_rebuilt_index_is_equal(index: Prepared) -> None:
    some = [doc(f"text {number}", name=str(number), stored={"url": f"/{number}"}) for number in range(20)]
    hidden = doc("gone", name="gone", hidden=True)
    other = f"{index.name}-rebuilt"
    await index.port.create(other)

    await index.add(*some, hidden)
    await index.port.write(other, [replace(one, version=one.version + 7) for one in reversed([*some, hidden])])
    await index.port.refresh(other)

    first = {(one.id, one.hidden, one.digest) async for one in index.port.dump(index.name)}
    again = {(one.id, one.hidden, one.digest) async for one in index.port.dump(other)}
    assert first == again
    assert len(first) == 21

    await index.add(replace(some[3], version=99, stored={"url": "/other"}))
    changed = {(one.id, one.hidden, one.digest) async for one in index.port.dump(index.name)}
    assert len(changed - again) == 1


async def test_dump_reaches_every_document_over_many_pages(index: Prepared) -> None:
    await index.add(*(doc(str(number), rank_date=number % 3) for number in range(1200)))

    ids = [one.id async for one in index.port.dump(index.name)]

    assert len(ids) == 1200
    assert distinct(ids)


async def test_names_active_and_drop(index: Prepared) -> None:
    port, other = index.port, f"{index.name}-b"
    await port.create(other)

    assert await port.names() == [index.name, other]
    assert await port.active() == index.name
    with pytest.raises(IndexExists):
        await port.create(other)
    with pytest.raises(IndexInUse):
        await port.drop(index.name)
    await port.activate(other)
    await port.drop(index.name)
    assert await port.names() == [other]
    assert await port.active() == other


async def test_unknown_index_is_named(index: Prepared) -> None:
    port, missing = index.port, f"{index.name}-missing"
    calls = [port.refresh(missing), port.activate(missing), port.drop(missing), port.count(missing)]
    calls.append(port.write(missing, [doc("text")]))  # type: ignore[arg-type]
    for call in calls:
        with pytest.raises(IndexMissing):
            await call

    assert await port.names() == [index.name]
    assert await port.active() == index.name


async def test_name_that_is_no_name_is_refused(index: Prepared) -> None:
    for name in ("../x", "", "A", "*", "_all", f"{index.name}*", f"{index.name},other"):
        with pytest.raises(ValueError, match="index"):
            await index.port.create(name)


async def test_without_an_active_index_there_is_no_answer(make: Make, engine: str, alias: str) -> None:
    port = make(engine)
    await port.open()
    try:
        assert await port.active() is None
        with pytest.raises(NoActiveIndex):
            await port.search(SearchRequest())
    finally:
        await port.close()


async def test_active_index_survives_a_restart(index: Prepared, make: Make, engine: str) -> None:
    await index.add("kept")
    await index.port.close()
    index.port = make(engine)
    await index.port.open()

    assert await index.port.active() == index.name
    assert await index.find("kept") == ["kept"]


async def test_swap_under_searches_shows_one_index_or_the_other(index: Prepared) -> None:
    port, names = index.port, [index.name, f"{index.name}-b"]
    await port.create(names[1])
    for name in names:
        await port.write(name, [doc(f"text of {name}") for _ in range(20)])
        await port.refresh(name)
    done = asyncio.Event()

    async def watch() -> set[tuple[int, str]]:
        seen: set[tuple[int, str]] = set()
        while not done.is_set():
            result = await port.search(asked("text"))
            seen.add((result.total.value, *{hit.texts["en"].body for hit in result.hits}))  # type: ignore[arg-type]
        return seen

    watcher = asyncio.create_task(watch())
    for turn in range(12):
        name = names[(turn + 1) % 2]
        await port.activate(name)
        assert bodies(await port.search(asked("text"))) == [f"text of {name}"] * 20
    done.set()

    assert await watcher <= {(20, f"text of {name}") for name in names}
