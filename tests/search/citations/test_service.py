"""What refers to a paragraph, from initiatives, updates and meetings as they are now."""

from __future__ import annotations

from typing import Any

import pytest

from aep_search.citations import service
from aep_search.citations.schemas import CitedBy
from aep_shared.contracts.topics import INITIATIVE, MEETING, UPDATE
from aep_shared.database import Database
from tests.search.conftest import Search
from tests.shared.statements import counted

ANNOUNCED = {"publication": "conclusions", "ref": "75", "stance": "announced"}


def initiative(slug: str, *mentions: dict[str, str]) -> dict[str, Any]:
    return {"slug": slug, "title": {"en": slug.title()}, "status": "running", "mentions": mentions}


def update(approved_at: str, *mentions: dict[str, str]) -> dict[str, Any]:
    about = {"type": "initiative", "slug": "lab"}
    words = {"kind": "news", "title": {"en": approved_at}, "text": {"en": "Done."}}
    return {"about": about, **words, "approved_at": approved_at, "mentions": mentions}


def meeting(slug: str, *sources: dict[str, str]) -> dict[str, Any]:
    title = {"en": slug.title()}
    return {"slug": slug, "title": title, "kind": "som", "date_status": "planned", "sources": sources}


async def cited(database: Database, ref: str | None = None) -> dict[str, CitedBy]:
    async with database.reading() as session:
        return {item.ref: item for item in await service.cited_by(session, "conclusions", ref)}


@pytest.fixture
async def cites(search: Search) -> Search:
    elsewhere = {"publication": "others", "ref": "75", "stance": "announced"}
    later = {**ANNOUNCED, "ref": "8"}
    await search.arrives(INITIATIVE, "school", initiative("school", ANNOUNCED, elsewhere))
    await search.arrives(INITIATIVE, "lab", initiative("lab", later, {**ANNOUNCED, "stance": "carried-out"}, ANNOUNCED))
    await search.arrives(INITIATIVE, "silent", initiative("silent", elsewhere))
    await search.arrives(UPDATE, "first", update("2026-01-01T00:00:00Z", ANNOUNCED))
    await search.arrives(UPDATE, "second", update("2026-03-01T00:00:00Z", ANNOUNCED, ANNOUNCED))
    facts = {"publication": "conclusions", "ref": "75"}
    await search.arrives(MEETING, "som", meeting("som", facts, facts, {"publication": "conclusions"}))
    return search


async def test_each_paragraph_has_what_refers_to_it_once(cites: Search) -> None:
    found = await cited(cites.database)
    assert sorted(found) == ["75", "8"]
    about = found["75"]
    assert [(one.slug, one.stance) for one in about.initiatives] == [
        ("lab", "carried-out"),
        ("lab", "announced"),
        ("school", "announced"),
    ]
    assert [one.title["en"][:7] for one in about.updates] == ["2026-03", "2026-01"]
    assert [one.slug for one in about.meetings] == ["som"]
    assert [one.slug for one in found["8"].initiatives] == ["lab"]


async def test_one_paragraph_can_be_asked_for(cites: Search) -> None:
    assert list(await cited(cites.database, "8")) == ["8"]
    assert await cited(cites.database, "9") == {}


async def test_what_is_gone_or_says_so_no_more_is_not_there(cites: Search) -> None:
    await cites.arrives(INITIATIVE, "lab", None)
    await cites.arrives(INITIATIVE, "school", initiative("school"))
    found = await cited(cites.database)
    assert sorted(found) == ["75"]
    assert found["75"].initiatives == []


async def test_any_number_of_records_takes_one_statement(cites: Search) -> None:
    with counted(cites.database) as statements:
        await cited(cites.database)
    assert len(statements) == 1
