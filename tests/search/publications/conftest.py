"""The search service in this process: its API through ASGI, its indexer as a task, people by their names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest

from aep_search.app import build
from aep_shared.access.actor import LOCAL_OPERATOR, Actor
from aep_shared.contracts.registry import Grant
from aep_shared.service.platform import Platform
from tests.conftest import NewDatabase
from tests.described import Described
from tests.shared.flowing import running

V1 = "/api/search/v1"
TEXT = "1. Ministers met in the harbour.\n\n2. Ministers noted the quokka.\n"
_SUBJECTS = {
    "editor": ("editor", uuid4()),
    "first": ("officer", uuid4()),
    "second": ("officer", uuid4()),
    "deputy": ("deputy", uuid4()),
    "operator": ("operator", uuid4()),
    "local": ("operator", LOCAL_OPERATOR),
    "coordinator": ("coordinator", uuid4()),
    "program of first": ("editor", uuid4()),
}


async def _known(header: str | None) -> Actor:
    """Somebody by name, as the tokens of the registry would say it."""
    if header is None:
        return Actor()
    role, subject = _SUBJECTS[header.removeprefix("Bearer ")]
    maker = _SUBJECTS["first"][1] if header.endswith("program of first") else None
    return Actor(subject, (Grant(role=role, initiative="lab" if role == "coordinator" else None),), maker=maker)


@dataclass
class Search:
    """A running search service and its people."""

    platform: Platform
    client: httpx2.AsyncClient

    async def call(self, who: str | None, method: str, path: str, **arguments: Any) -> httpx2.Response:
        headers = {**({"Authorization": f"Bearer {who}"} if who else {}), **arguments.pop("headers", {})}
        return await self.client.request(method, f"{V1}/{path}", headers=headers, **arguments)

    async def imports(self, who: str | None, text: str = TEXT, **fields: Any) -> httpx2.Response:
        about = {
            "slug": "text",
            "title": {"en": "Conclusions"},
            "kind": "conclusions",
            "language": "en",
            "date": "2021-12-15",
            **fields,
        }
        parts = {"file": ("text.txt", text.encode(), "text/plain")}
        form = {"about": orjson.dumps(about).decode()}
        return await self.call(who, "POST", "publications", data=form, files=parts)

    async def publishes(self, who: str) -> httpx2.Response:
        return await self.call(who, "POST", "publications/text/publish")

    async def withdraws(self, who: str, reason: str = "Another meeting’s text.") -> httpx2.Response:
        return await self.call(who, "POST", "publications/text/withdraw", json={"reason": reason})

    async def hits(self, q: str) -> set[str]:
        found = (await self.call(None, "GET", "search", params={"q": q})).json()
        return {item["url"] for item in found["items"]}


@pytest.fixture
async def search(
    migrated: NewDatabase, new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Search]:
    platform, app = build(
        {
            "AEP_SEARCH_DATABASE_URL": await migrated("search"),
            "AEP_EVENT_LOG_URL": await new_database("log"),
            "AEP_SEARCH_INDEX_URL": f"tantivy://{tmp_path}/index",
        }
    )
    await platform.open()
    monkeypatch.setattr(platform.authenticator, "actor", _known)
    transport = Described(app)
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://search.example", timeout=30) as client,
        running(platform.worker.jobs["indexer"]),
    ):
        yield Search(platform, client)
    await platform.close()
