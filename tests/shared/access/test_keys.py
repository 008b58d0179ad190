"""The key set of the registry in another service: a withdrawn key is soon refused, a registry may be away."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from joserfc.jwk import OKPKey

from aep_shared.access import keys
from aep_shared.access.keys import FetchedKeys
from aep_shared.database import Database
from aep_shared.errors import NoKeysYet


def public(kid: str) -> dict[str, Any]:
    return {**OKPKey.generate_key("Ed25519").as_dict(private=False), "kid": kid}


class Registry:
    """The network edge, and a clock that the test moves."""

    def __init__(self) -> None:
        self.keys = [public("old"), public("new")]
        self.away = False
        self.asked = 0
        self.now = 1000.0

    def __call__(self, _request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        return httpx2.Response(503) if self.away else httpx2.Response(200, json={"keys": self.keys})


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made, client = Registry(), httpx2.AsyncClient

    def connected(**options: Any) -> httpx2.AsyncClient:
        return client(**{**options, "transport": httpx2.MockTransport(made)})

    monkeypatch.setattr(keys.httpx2, "AsyncClient", connected)
    return made


def fetched(database: Database, registry: Registry) -> FetchedKeys:
    return FetchedKeys(database, "http://registry.example/keys", clock=lambda: registry.now)


async def test_a_withdrawn_key_is_refused_within_a_minute(database: Database, registry: Registry) -> None:
    source = fetched(database, registry)
    assert await source.find("old")
    registry.keys = registry.keys[1:]
    registry.now += 60
    assert await source.find("old") is None
    assert await source.find("new")


async def test_the_registry_is_not_asked_for_every_token(database: Database, registry: Registry) -> None:
    source = fetched(database, registry)
    for _ in range(100):
        assert await source.find("old")
        assert await source.find("never-issued") is None
    assert registry.asked == 1


async def test_the_last_key_set_serves_while_the_registry_is_away(database: Database, registry: Registry) -> None:
    assert await fetched(database, registry).find("old")
    registry.away = True
    started_again = fetched(database, registry)
    assert await started_again.find("old")
    registry.now += 3600
    assert await started_again.find("old")


async def test_a_key_that_may_be_newer_than_what_is_known_is_not_called_wrong(
    database: Database, registry: Registry
) -> None:
    registry.away = True
    source = fetched(database, registry)
    with pytest.raises(NoKeysYet):
        await source.find("old")
    registry.away = False
    assert await source.find("old")
    registry.away = True
    registry.now += 3600
    with pytest.raises(NoKeysYet):
        await source.find("added-meanwhile")
