"""The one way to the public APIs: reads, writes and downloads, with problems as typed errors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

Record = dict[str, Any]

FRESH_SECONDS = 5.0
"""How old a register may be that a page for visitors is made of; whoever is signed in gets it anew."""


class ApiAway(Exception):
    """A service does not answer, or says that it cannot now."""


class ApiProblem(Exception):
    """A service answered with problem details (RFC 9457)."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.detail = str(document.get("detail", ""))
        self.document = document
        super().__init__(f"{status} {self.code}: {self.detail}")


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a call is made, and which events it should have seen (`AEP-After`)."""

    token: str | None = None
    after: str | None = None
    address: str | None = None
    """Where the visitor comes from: limits count visitors, not this website."""

    @property
    def headers(self) -> dict[str, str]:
        given = {
            "Authorization": f"Bearer {self.token}" if self.token else None,
            "AEP-After": self.after,
            "X-Forwarded-For": self.address,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def is_anybody(self) -> bool:
        """Whether the answer is the one that every visitor gets."""
        return self.token is None and self.after is None


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to a write: the record, and the events that it published."""

    body: Any
    event: str | None


ANYBODY = Caller()


class Api:
    """A connection pool to the APIs."""

    def __init__(self, url: str, timeout: float, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        # Servers close idle connections after 5 s; ours are given up before, so that no request meets a closing one.
        limits = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)
        self._http = httpx2.AsyncClient(
            base_url=url, timeout=timeout, limits=limits, trust_env=False, follow_redirects=True, transport=transport
        )
        self._registers: dict[str, tuple[float, list[Record]]] = {}

    async def close(self) -> None:
        await self._http.aclose()

    async def read(self, path: str, caller: Caller = ANYBODY, **query: Any) -> Any:
        """What an address below `/api` says; query values of `None` are left out."""
        return (await self.fetch(path, caller, **query)).json()

    async def fetch(self, path: str, caller: Caller = ANYBODY, **query: Any) -> httpx2.Response:
        """The answer itself, for what is passed on as it is."""
        given = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        return await self._call("GET", path, caller.headers, params=given)

    async def everything(self, path: str, caller: Caller = ANYBODY, **query: Any) -> list[Record]:
        """All pages of a list."""
        items: list[Record] = []
        cursor = None
        while True:
            page = await self.read(path, caller, limit=500, cursor=cursor, **query)
            items += page["items"]
            cursor = page.get("next")
            if cursor is None:
                return items

    async def register(self, path: str, caller: Caller = ANYBODY, **query: Any) -> list[Record]:
        """All records of a register, a few seconds old at most, and new for whoever is signed in or just wrote.

        Only what everybody may see is kept: somebody who is signed in may see more.
        """
        key = f"{path}?{sorted(query.items())}"
        if not caller.is_anybody:
            return await self.everything(path, caller, **query)
        stored, records = self._registers.get(key, (0.0, []))
        if not stored or time.monotonic() - stored >= FRESH_SECONDS:
            records = await self.everything(path, caller, **query)
            self._registers[key] = (time.monotonic(), records)
        return records

    async def write(
        self, method: str, path: str, caller: Caller, json: Any = None, revision: str | None = None
    ) -> Written:
        """Changes something; `revision` is the one that the person saw."""
        headers = caller.headers | ({"If-Match": f'"{revision}"'} if revision else {})
        answer = await self._call(method, path, headers, json=json)
        self._registers.clear()
        return Written(answer.json() if answer.content else None, answer.headers.get("AEP-Event"))

    async def _call(self, method: str, path: str, headers: Mapping[str, str], **arguments: Any) -> httpx2.Response:
        answer = await self._answer(method, path, headers, **arguments)
        if answer.status_code == 503:
            raise ApiAway(f"{path}: {_document(answer).get('code', 503)}")
        if answer.status_code >= 400:
            raise ApiProblem(answer.status_code, _document(answer))
        return answer

    async def _answer(self, method: str, path: str, headers: Mapping[str, str], **arguments: Any) -> httpx2.Response:
        """What the service answers; a read that met a broken connection is asked once more."""
        attempts = 2 if method == "GET" else 1
        for attempt in range(attempts):
            try:
                return await self._http.request(method, path, headers=dict(headers), **arguments)
            except httpx2.TransportError as problem:
                broken = isinstance(problem, (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError))
                if not broken or attempt + 1 == attempts:
                    raise ApiAway(f"{path}: {type(problem).__name__}") from problem
        raise AssertionError("unreachable")


def _document(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


async def together(*reads: Any) -> list[Any]:
    """The results of several reads that run at the same time; the first failure ends them all."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read) for read in reads]
    return [task.result() for task in tasks]
