"""People around one initiative, and what they do with an update about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.registry.conftest import Registry

V1 = "/api/registry/v1"
UPDATES = f"{V1}/updates"
UPDATE = {"about": {"type": "initiative", "slug": "harbour-lab"}, "title": {"en": "A"}, "text": {"en": "B"}}


@dataclass
class People:
    """By name, the headers of each; `author` coordinates the initiative."""

    registry: Registry
    headers: dict[str, dict[str, str]]

    async def get(self, who: str, path: str = "") -> httpx2.Response:
        return await self.registry.client.get(f"{UPDATES}{path}", headers=self.headers[who])

    async def does(self, who: str, action: str, update: str, body: Any = None) -> httpx2.Response:
        """An action on an update; returning has a note."""
        body = {"note": "More, please."} if action == "return" else body
        address = f"{UPDATES}/{update}/{action}"
        return await self.registry.client.post(address, json=body, headers=self.headers[who])

    async def changes(self, who: str, update: str, revision: int | None = None, **fields: Any) -> httpx2.Response:
        tag = {} if revision is None else {"If-Match": f'"{revision}"'}
        address = f"{UPDATES}/{update}"
        return await self.registry.client.patch(address, json=fields, headers={**self.headers[who], **tag})

    async def new(self, *steps: tuple[str, str], by: str = "author") -> str:
        """The id of a new update that went through these steps of (who, action)."""
        made = await self.registry.client.post(UPDATES, json=UPDATE, headers=self.headers[by])
        assert made.status_code == 201, made.text
        update = str(made.json()["id"])
        for who, action in steps:
            done = await self.does(who, action, update)
            assert done.status_code == 200, done.text
        return update


@pytest.fixture
async def people(registry: Registry) -> People:
    first = await registry.sign_in("first@secretariat.example", "officer")
    for slug in ("harbour-lab", "other-lab"):
        record = {"slug": slug, "title": {"en": "Lab"}, "status": "running"}
        await registry.client.post(f"{V1}/initiatives", json=record, headers=first)
    for email, initiative in (("author", "harbour-lab"), ("colleague", "harbour-lab"), ("stranger", "other-lab")):
        given = {"email": f"{email}@network.example", "role": "coordinator", "initiative": initiative}
        answer = await registry.client.post(f"{V1}/people", json=given, headers=first)
        assert answer.status_code == 201, answer.text
    named = {name: await registry.sign_in(f"{name}@network.example") for name in ("author", "colleague", "stranger")}
    second = await registry.sign_in("second@secretariat.example", "officer")
    editor = await registry.sign_in("editor@secretariat.example", "editor")
    return People(registry, {**named, "first": first, "second": second, "editor": editor, "nobody": {}})
