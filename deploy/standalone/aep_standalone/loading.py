"""Loads the process data set and the demo layer at the first start, over the API like anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from aep_registry.identity import repository as identity
from aep_registry.identity.service import new_sign_in

from .client import Refused, _problem
from .datafolder import write_private
from .datasets import data_folder
from .embedded import Embedded
from .errors import StandaloneError

STATE_FILE = "loaded.json"
_REGISTERS = (
    ("registry", "partners", "partners"),
    ("registry", "organisations", "organisations"),
    ("registry", "groups", "groups"),
    ("registry", "framework", "frameworks"),
    ("registry", "glossary", "glossary"),
    ("registry", "initiatives", "initiatives"),
    ("events", "series", "series"),
    ("events", "meetings", "meetings"),
)


@dataclass(slots=True)
class Loaded:
    """What a data folder was loaded with; it is demo for ever or never."""

    process: str
    demo: bool
    people: list[tuple[str, str]] = field(default_factory=list)


class DemoMismatch(StandaloneError):
    code = "demo-mismatch"


async def load_data(embedded: Embedded, token: str, process: str, *, demo: bool, progress: Callable[[str], None]) -> Loaded:
    """Loads what is missing; the second start loads nothing.

    Raises `Refused` where a service refuses a record.
    """
    file = embedded.options.data / STATE_FILE
    if file.exists():
        stored = orjson.loads(file.read_bytes())
        return Loaded(stored["process"], stored["demo"], [tuple(p) for p in stored["people"]])
    loaded = Loaded(process, demo)
    async with httpx.AsyncClient(base_url=embedded.options.local_url, timeout=120, trust_env=False) as http:
        loader = _Loader(http, token, embedded, progress)
        if process != "none":
            await loader.registers(data_folder() / "process")
        if demo and process != "none":
            loaded.people = await loader.demo(data_folder() / "demo")
    write_private(file, orjson.dumps({"process": process, "demo": demo, "people": loaded.people}).decode())
    return loaded


class _Loader:
    def __init__(self, http: httpx.AsyncClient, token: str, embedded: Embedded, progress: Callable[[str], None]) -> None:
        self._http = http
        self._token = token
        self._embedded = embedded
        self._progress = progress

    async def call(self, method: str, path: str, token: str | None = None, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {token or self._token}"}
        while True:
            answer = await self._http.request(method, path, headers=headers, **arguments)
            if answer.status_code != 503:
                break
            await asyncio.sleep(0.2)
        if answer.status_code >= 400:
            raise Refused(_problem(answer))
        return answer.json() if answer.content else None

    async def registers(self, folder: Path) -> None:
        for service, name, plural in _REGISTERS:
            file = folder / f"{name}.jsonl"
            if file.exists() and service in self._embedded.platforms:
                outcome = await self.call("POST", f"/api/{service}/v1/{plural}/import", content=file.read_bytes())
                self._progress(f"{folder.name} {plural}: {outcome['created'] + outcome['changed']} loaded")

    async def demo(self, folder: Path) -> list[tuple[str, str]]:
        """The demo layer; the people that links are printed for, as (role, address)."""
        await self.registers(folder)
        people = _lines(folder / "people.jsonl")
        for person in people:
            for role in person["roles"]:
                given = {"email": person["email"], "name": person["name"], "role": role["role"]}
                given |= {name: role[name] for name in ("initiative", "partner", "group") if role.get(name)}
                await self.call("POST", "/api/registry/v1/people", json=given)
        await self._publications(folder)
        await self._updates(folder, {person["slug"]: person["email"] for person in people})
        return [(person["roles"][0]["role"], person["email"]) for person in people if person["roles"]]

    async def _publications(self, folder: Path) -> None:
        for entry in orjson.loads((folder / "publications.json").read_bytes()):
            about = {name: entry[name] for name in ("slug", "title", "kind", "language", "date", "status")}
            file = folder / entry["file"]
            answer = await self.call("POST", "/api/search/v1/publications", data={"about": orjson.dumps(about).decode()},
                                     files={"file": (file.name, file.read_bytes(), "text/plain")})  # fmt: skip
            self._progress(f"demo publication {entry['slug']}: {answer['paragraphs']} paragraphs")

    async def _updates(self, folder: Path, emails: dict[str, str]) -> None:
        tokens = {slug: await self._sign_in(email) for slug, email in emails.items()}
        for entry in _lines(folder / "updates.jsonl"):
            given = {name: entry[name] for name in ("about", "kind", "title", "text", "links")}
            author = tokens[entry["submitted_by"]]
            made = await self.call("POST", "/api/registry/v1/updates", author, json=given)
            address = f"/api/registry/v1/updates/{made['id']}"
            if entry["state"] in ("submitted", "approved"):
                await self.call("POST", f"{address}/submit", author)
            if entry["state"] == "approved":
                await self.call("POST", f"{address}/approve", tokens[entry["approved_by"]])

    async def _sign_in(self, email: str) -> str:
        async with self._embedded.platforms["registry"].database.transaction() as session:
            row = await identity.subject_by_email(session, email)
            assert row is not None
            link, _code = await new_sign_in(session, row.id)
        answer = await self.call("POST", "/api/registry/v1/sign-in/redeem", json={"code": link})
        return str(answer["access_token"])


def _lines(file: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file.read_bytes().splitlines() if line.strip()]
