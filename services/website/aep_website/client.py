"""The one way to the public APIs: reads, writes and downloads, with problems as typed errors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast, overload

import httpx2
from pydantic import ValidationError

from aep_website.answers.base import A, Address, AnswerNotUnderstood, M, Page
from aep_website.answers.problem import ProblemDocument

Query = str | int | None
Body = Mapping[str, object]

FRESH_SECONDS = 5.0
"""How old a register may be that a page for visitors is made of; whoever is signed in gets it anew."""


class ApiAway(Exception):
    """A service does not answer, says that it cannot now, or answers what this version does not understand."""


class ApiProblem(Exception):
    """A service answered with problem details (RFC 9457)."""

    def __init__(self, status: int, document: ProblemDocument) -> None:
        self.status = status
        self.code = document.code
        self.detail = document.detail
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
    """The answer to a write, and the events that it published."""

    content: bytes
    event: str | None

    def answer(self, address: Address[A]) -> A:
        """The answer, for whoever goes on with it."""
        return _understood(address, self.content)


ANYBODY = Caller()


class Api:
    """A connection pool to the APIs."""

    def __init__(self, url: str, timeout: float, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        # Servers close idle connections after 5 s; ours are given up before, so that no request meets a closing one.
        limits = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)
        self._http = httpx2.AsyncClient(
            base_url=url, timeout=timeout, limits=limits, trust_env=False, follow_redirects=True, transport=transport
        )
        self._kept: dict[str, tuple[float, object]] = {}

    async def close(self) -> None:
        await self._http.aclose()

    async def read(self, address: Address[A], caller: Caller = ANYBODY, **query: Query) -> A:
        """What an address answers; query values of `None` are left out."""
        return _understood(address, (await self.fetch(address.path, caller, **query)).content)

    async def fetch(self, path: str, caller: Caller = ANYBODY, **query: Query) -> httpx2.Response:
        """The answer itself, for what is passed on as it is."""
        given = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        return await self._call("GET", path, caller.headers, params=given)

    async def everything(self, address: Address[Page[M]], caller: Caller = ANYBODY, **query: Query) -> list[M]:
        """All pages of a list."""
        items: list[M] = []
        cursor = None
        while True:
            page = await self.read(address, caller, **{"limit": 500, "cursor": cursor, **query})
            items += page.items
            cursor = page.next
            if cursor is None:
                return items

    async def register(self, address: Address[Page[M]], caller: Caller = ANYBODY, **query: Query) -> list[M]:
        """All records of a register, a few seconds old at most, and new for whoever is signed in or just wrote.

        Only what everybody may see is kept: somebody who is signed in may see more.
        """
        key = f"{address.path}?{sorted(query.items())}"
        if not caller.is_anybody:
            return await self.everything(address, caller, **query)
        stored, records = self._kept.get(key, (0.0, None))
        if not stored or time.monotonic() - stored >= FRESH_SECONDS:
            records = await self.everything(address, caller, **query)
            self._kept[key] = (time.monotonic(), records)
        return cast(list[M], records)

    async def write(
        self, method: str, path: str, caller: Caller, body: Body | None = None, revision: str | None = None
    ) -> Written:
        """Changes something; `revision` is the one that the person saw."""
        headers = caller.headers | ({"If-Match": f'"{revision}"'} if revision else {})
        answer = await self._call(method, path, headers, json=body)
        self._kept.clear()
        return Written(answer.content, answer.headers.get("AEP-Event"))

    async def _call(self, method: str, path: str, headers: Mapping[str, str], **arguments: Any) -> httpx2.Response:
        answer = await self._answer(method, path, headers, **arguments)
        if answer.status_code == 503:
            raise ApiAway(f"{path}: {_document(answer).code}")
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


def _understood(address: Address[A], content: bytes) -> A:
    try:
        return address.understood(content)
    except AnswerNotUnderstood as problem:
        raise ApiAway(str(problem)) from problem


def _document(answer: httpx2.Response) -> ProblemDocument:
    try:
        return ProblemDocument.model_validate_json(answer.content)
    except ValidationError:
        return ProblemDocument()


T = TypeVar("T")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
Read = Coroutine[Any, Any, T]


@overload
async def together(one: Read[T], two: Read[T2], /) -> tuple[T, T2]: ...
@overload
async def together(one: Read[T], two: Read[T2], three: Read[T3], /) -> tuple[T, T2, T3]: ...
@overload
async def together(one: Read[T], two: Read[T2], three: Read[T3], four: Read[T4], /) -> tuple[T, T2, T3, T4]: ...
@overload
async def together(*reads: Read[T]) -> tuple[T, ...]: ...
async def together(*reads: Read[object]) -> tuple[object, ...]:
    """The results of several reads that run at the same time; the first failure ends them all."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read) for read in reads]
    return tuple(task.result() for task in tasks)
