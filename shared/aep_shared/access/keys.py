"""The registry's public keys: fetched, kept in the service's own database, used while the registry is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import httpx2
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from sqlalchemy import text

from aep_shared.database import Database
from aep_shared.errors import NoKeysYet

log = structlog.get_logger()

_REFETCH_SECONDS = 10.0
_KNOWN_REFETCH_SECONDS = 30.0
_CERTAIN_SECONDS = 60.0


class KeySource(Protocol):
    """Where the keys that verify tokens come from."""

    async def find(self, kid: str) -> OKPKey | None:
        """The key with this id, or `None` where the registry has none.

        Raises `NoKeysYet` while that cannot be said: no key set was ever received, or none lately and it may be new.
        """


class FetchedKeys:
    """The key set at the registry's address.

    It is fetched again every half minute, so that a key that was withdrawn counts no longer, and every ten seconds when
    a key is unknown. While the registry is away the last key set serves.
    """

    def __init__(
        self, database: Database, url: str, *, timeout: float = 3.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._url = url
        self._timeout = timeout
        self._keys: dict[str, OKPKey] = {}
        self._clock = clock
        self._tried = self._fetched = -1e9

    async def find(self, kid: str) -> OKPKey | None:
        if self._clock() - self._tried > (_KNOWN_REFETCH_SECONDS if kid in self._keys else _REFETCH_SECONDS):
            self._tried = self._clock()
            await self._fetch()
        if not self._keys:
            await self._load()
        if not self._keys:
            # Nobody waits ten seconds for the first key set: the next request may try again.
            self._tried = -1e9
            raise NoKeysYet()
        found = self._keys.get(kid)
        if found is None and self._clock() - self._fetched > _CERTAIN_SECONDS:
            raise NoKeysYet()
        return found

    async def _fetch(self) -> None:
        try:
            async with httpx2.AsyncClient(timeout=self._timeout, trust_env=False) as client:
                answer = await client.get(self._url)
                answer.raise_for_status()
            self._keys = parse_keys(answer.json())
        except (httpx2.HTTPError, ValueError, JoseError) as problem:
            log.warning("key set not fetched", url=self._url, problem=repr(problem))
            return
        self._fetched = self._clock()
        async with self._database.transaction() as session:
            await session.execute(_STORE, {"keys": orjson.dumps(answer.json()).decode()})

    async def _load(self) -> None:
        async with self._database.reading() as session:
            stored = await session.scalar(text("SELECT keys FROM key_sets"))
        if stored:
            self._keys = parse_keys(stored)


def parse_keys(document: Any) -> dict[str, OKPKey]:
    """The Ed25519 keys of a JWKS by their id; other kinds of keys are left out."""
    found = KeySet.import_key_set(document)
    return {str(key.kid): key for key in found.keys if isinstance(key, OKPKey) and key.kid}


_STORE = text(
    "INSERT INTO key_sets (keys) VALUES (CAST(:keys AS jsonb))"
    " ON CONFLICT (only_row) DO UPDATE SET keys = excluded.keys, fetched_at = clock_timestamp()"
)
