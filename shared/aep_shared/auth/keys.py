"""The registry's public keys: fetched, kept in the service's own database, used while the registry is away."""

from __future__ import annotations

import time
from typing import Any, Protocol

import httpx
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from sqlalchemy import text

from aep_shared.db import Database
from aep_shared.errors import NoKeysYet

log = structlog.get_logger()

_REFETCH_SECONDS = 10.0


class KeySource(Protocol):
    """Where the keys that verify tokens come from."""

    async def find(self, kid: str) -> OKPKey | None:
        """The key with this id, or `None`; raises `NoKeysYet` while no key set was ever received."""


class FetchedKeys:
    """The key set at the registry's address, refetched at most every ten seconds when a key is unknown."""

    def __init__(self, database: Database, url: str, *, timeout: float = 3.0) -> None:
        self._database = database
        self._url = url
        self._timeout = timeout
        self._keys: dict[str, OKPKey] = {}
        self._tried = -1e9

    async def find(self, kid: str) -> OKPKey | None:
        if kid not in self._keys and time.monotonic() - self._tried > _REFETCH_SECONDS:
            self._tried = time.monotonic()
            await self._fetch()
        if not self._keys:
            await self._load()
        if not self._keys:
            # Nobody waits ten seconds for the first key set: the next request may try again.
            self._tried = -1e9
            raise NoKeysYet()
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=self._timeout, trust_env=False) as client:
                answer = await client.get(self._url)
                answer.raise_for_status()
            self._keys = parse_keys(answer.json())
        except (httpx.HTTPError, ValueError, JoseError) as problem:
            log.warning("key set not fetched", url=self._url, problem=repr(problem))
            return
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
