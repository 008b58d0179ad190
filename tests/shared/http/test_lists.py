"""Lists take any query that anybody can write, and follow their own cursors through rows without a value."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx2
import pytest
from fastapi import Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, select
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import UTCDateTime

from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http import lists
from aep_shared.http.edge import Session
from aep_shared.http.lists import ListGrammar, ListQuery
from aep_shared.text import Asked
from tests.shared.http.conftest import Small

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("seen_at", UTCDateTime()),
    Column("stored_at", UTCDateTime(), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
)
GRAMMAR = ListGrammar(
    filters={"name": THINGS.c.name},
    sorts={"name": THINGS.c.name, "rank": THINGS.c.rank, "seen": THINGS.c.seen_at, "stored": THINGS.c.stored_at},
    key=THINGS.c.id,
    stored_at=THINGS.c.stored_at,
    deleted_at=THINGS.c.deleted_at,
)


class ThingQuery(ListQuery):
    sort: Literal["name", "-name", "rank", "-rank", "seen", "-seen", "stored", "-stored"] = "name"
    name: Asked | None = None


class ThingOut(BaseModel):
    id: UUID
    name: str


_FILL = """
INSERT INTO things SELECT uuidv7(), 'thing ' || n, n / 3, CASE WHEN n % 3 = 0 THEN NULL
    ELSE timestamptz '2026-01-01' + make_interval(days => n / 2) END, clock_timestamp() FROM generate_series(1, 20) n
"""


@pytest.fixture
async def client(small: Small) -> httpx2.AsyncClient:
    async with small.database.connection() as connection:
        await connection.run_sync(THINGS.metadata.create_all)
        await connection.exec_driver_sql(_FILL)

    @small.router.get("/things", response_model=lists.listed(ThingOut), **guarded_by(PUBLIC))
    async def read(
        request: Request, response: Response, query: Annotated[ThingQuery, Query()], session: AsyncSession = Session
    ) -> Any:
        rows, cursor = await lists.page(request, session, select(THINGS), query, GRAMMAR)
        return lists.answer(request, response, [ThingOut(id=row.id, name=row.name) for row in rows], query, cursor)

    return small.client()


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


ID = "01890a5d-ac96-774b-bcce-b302099a8057"
VALUES = [1, 2**70, -1, 1.5, True, [], ["a"], {}, {"a": 1}, None, "", "x", "9999-12-31T23:59:59-23:59", "0001-01-01"]
BAD = [
    {"limit": "²"},
    {"limit": "9" * 5000},
    {"limit": "٣"},
    {"limit": "-1"},
    {"limit": "1.0"},
    {"limit": " 1"},
    {"updated_since": "9999-12-31T23:59:59-23:59"},
    {"updated_since": "0001-01-01T00:00:00+23:59"},
    {"name": "x" * 2000},
    {"name": "\uffff"},
    {"fields": "x" * 2000},
    {"sort": "x" * 2000},
    {"x" * 5000: "1"},
    {"cursor": _cursor()},
    {"cursor": _cursor("name")},
    {"cursor": "é"},
    {"cursor": "=="},
    {"cursor": "A" * 999},
]


FORGED = [
    *((sort, value, ID) for sort in ("rank", "seen", "stored") for value in VALUES),
    *(("name", value, ID) for value in (1, 2**70, True, [], {}, None)),
    *(("name", "x", key) for key in (1, None, [], "x", {"a": 1}, True)),
]


async def _next(client: httpx2.AsyncClient, **query: str) -> str:
    return str((await client.get("/things", params={"limit": "1", **query})).raise_for_status().json()["next"])


async def _forged(client: httpx2.AsyncClient, sort: str, *place: object) -> dict[str, str]:
    """A query whose cursor is this list's own, but for the place."""
    cursor = await _next(client, sort=sort)
    asked = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
    return {"sort": sort, "cursor": _cursor(asked, *place)}


async def test_no_query_is_a_failure_of_ours(client: httpx2.AsyncClient) -> None:
    for query in [*BAD, *[await _forged(client, *place) for place in FORGED]]:
        answer = await client.get("/things", params=query)
        assert answer.status_code < 500, (query, answer.text)
        assert len(answer.content) < 5000


@pytest.mark.parametrize("sort", ["name", "-name", "rank", "-rank", "seen", "-seen", "stored", "-stored"])
@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_pages_hold_every_row_once_in_every_order(client: httpx2.AsyncClient, sort: str, limit: int) -> None:
    whole = [i["id"] for i in (await client.get("/things", params={"sort": sort, "limit": 500})).json()["items"]]
    found, query = [], {"sort": sort, "limit": str(limit)}
    while True:
        page = (await client.get("/things", params=query)).raise_for_status().json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(whole) == 20
    assert found == whole


async def test_a_cursor_is_good_for_the_list_that_it_is_from(client: httpx2.AsyncClient) -> None:
    cursor = await _next(client)
    assert (await client.get("/things", params={"cursor": cursor, "limit": "7", "fields": "name"})).status_code == 200
    for other in ({"sort": "-name"}, {"name": "thing 7"}, {"updated_since": "2999-01-01T00:00:00Z"}):
        refused = await client.get("/things", params={"cursor": cursor, **other})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid-cursor"), other
