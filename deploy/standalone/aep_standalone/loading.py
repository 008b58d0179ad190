"""Loads the process data set and the demo layer, once, over the API like anybody else."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson

from aep_standalone.client import Refused, problem_of
from aep_standalone.datafolder import write_private
from aep_standalone.datasets import data_folder
from aep_standalone.errors import NoSignInMail

Progress = Callable[[str], None]
OneTimeCode = Callable[[str], Awaitable[str]]
"""What signs a person of the demo in once, by the mail address."""

STATE_FILE = "loaded.json"
_MAIL_LOOKS = 120
REGISTERS = (
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


async def load(
    url: str, token: str, process: str, *, demo: bool, progress: Progress, code: OneTimeCode | None = None
) -> Loaded:
    """Loads a data set, and the demo layer on it, into the platform at `url`.

    Each update of the demo is written and approved by the person that it says, who signs in with a `code`; without
    it by the mail that the built-in mailbox has. Raises `Refused` where a service refuses a record, `NoSignInMail`
    where no mail arrives.
    """
    loaded = Loaded(process, demo and process != "none")
    async with httpx2.AsyncClient(base_url=url, timeout=120, trust_env=False) as http:
        loader = _Loader(http, token, progress, code)
        if process != "none":
            await loader.registers(data_folder() / "process")
        if loaded.demo:
            loaded.people = await loader.demo(data_folder() / "demo")
    return loaded


async def load_once(
    file: Path, url: str, token: str, process: str, *, demo: bool, progress: Progress, code: OneTimeCode | None = None
) -> Loaded:
    """Loads unless `file` says that it was done: a later start must not undo what people changed since."""
    if done := loaded_before(file):
        return done
    loaded = await load(url, token, process, demo=demo, progress=progress, code=code)
    content = {"process": loaded.process, "demo": loaded.demo, "people": loaded.people}
    write_private(file, orjson.dumps(content).decode())
    return loaded


def loaded_before(file: Path) -> Loaded | None:
    """What an earlier start loaded, or `None` where none did."""
    if not file.exists():
        return None
    stored = orjson.loads(file.read_bytes())
    return Loaded(stored["process"], stored["demo"], [tuple(p) for p in stored["people"]])


class _Loader:
    def __init__(self, http: httpx2.AsyncClient, token: str, progress: Progress, code: OneTimeCode | None) -> None:
        self._code = code or self._mailed_code
        self._http = http
        self._token = token
        self._progress = progress

    async def call(self, method: str, path: str, token: str | None = None, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {token or self._token}"}
        if path.startswith("/api/registry/v1/updates"):
            # A load that failed half way is started again, and an answer may be lost: nothing may be made twice.
            content = orjson.dumps([path, arguments.get("json")])
            headers["Idempotency-Key"] = hashlib.sha256(content).hexdigest()
        while True:
            answer = await self._http.request(method, path, headers=headers, **arguments)
            if answer.status_code not in (502, 503, 504):
                break
            await asyncio.sleep(0.2)
        if answer.status_code >= 400:
            raise Refused(problem_of(answer))
        return answer.json() if answer.content else None

    async def registers(self, folder: Path) -> None:
        for service, name, plural in REGISTERS:
            file = folder / f"{name}.jsonl"
            if file.exists():
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
                given |= {"until": f"{role['to']}T23:59:59Z"} if role.get("to") else {}
                await self.call("POST", "/api/registry/v1/people", json=given)
        await self._publications(folder)
        await self._updates(folder, {person["slug"]: person["email"] for person in people})
        return [(person["roles"][0]["role"], person["email"]) for person in people if person["roles"]]

    async def _publications(self, folder: Path) -> None:
        for entry in orjson.loads((folder / "publications.json").read_bytes()):
            about = {name: entry[name] for name in ("slug", "title", "kind", "language", "date", "status")}
            file = folder / entry["file"]
            form = {"about": orjson.dumps(about).decode()}
            parts = {"file": (file.name, file.read_bytes(), "text/plain")}
            answer = await self.call("POST", "/api/search/v1/publications", data=form, files=parts)
            self._progress(f"demo publication {entry['slug']}: {answer['paragraphs']} paragraphs")

    async def _updates(self, folder: Path, emails: dict[str, str]) -> None:
        tokens = {slug: await self._token_of(email) for slug, email in emails.items()}
        for entry in _lines(folder / "updates.jsonl"):
            given = {name: entry[name] for name in ("about", "kind", "title", "text", "links")}
            author = tokens[entry["submitted_by"]]
            made = await self.call("POST", "/api/registry/v1/updates", author, json=given)
            address = f"/api/registry/v1/updates/{made['id']}"
            if entry["state"] in ("submitted", "approved"):
                await self.call("POST", f"{address}/submit", author)
            if entry["state"] == "approved":
                await self.call("POST", f"{address}/approve", tokens[entry["approved_by"]])

    async def _token_of(self, email: str) -> str:
        """The access token of a person of the demo, so that each update has the author that the demo says."""
        answer = await self.call("POST", "/api/registry/v1/sign-in/redeem", json={"code": await self._code(email)})
        return str(answer["access_token"])

    async def _mailed_code(self, email: str) -> str:
        """Signs in as everybody does: asks for a link, and takes it from the mailbox that the local operator reads."""
        known = {mail["id"] for mail in await self._mails(email)}
        await self.call("POST", "/api/registry/v1/sign-in", json={"email": email})
        for _ in range(_MAIL_LOOKS):
            for mail in await self._mails(email):
                found = re.search(r"/sign-in/([A-Za-z0-9_-]{20,})", mail["text"])
                if found and mail["id"] not in known:
                    return found[1]
            await asyncio.sleep(0.5)
        raise NoSignInMail(email)

    async def _mails(self, email: str) -> list[dict[str, Any]]:
        answer = await self.call("GET", "/api/notifications/v1/mailbox", params={"to": email})
        return list(answer["items"])


def _lines(file: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file.read_bytes().splitlines() if line.strip()]
