"""A load that failed half way is started again, as docker-compose does, and makes nothing twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from aep_standalone import loading
from aep_standalone.client import Refused


class Services:
    """The network edge: answers like the services; a POST with a known Idempotency-Key makes nothing."""

    def __init__(self, fails_at: int, status: int) -> None:
        self.titles: list[str] = []
        self.mails: list[dict[str, str]] = []
        self.codes: list[str] = []
        self._made: dict[str | None, str] = {}
        self._fails_at: int | None = fails_at
        self._status = status

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/updates") and request.method == "POST":
            return self._update(request)
        if request.url.path.endswith("/mailbox"):
            return httpx2.Response(200, json={"items": self.mails})
        if request.url.path.endswith("/sign-in"):
            text = f"Open https://x/en/sign-in/{'s' * 43}{len(self.mails)}"
            self.mails.append({"id": str(len(self.mails)), "text": text})
            return httpx2.Response(202, json={})
        if request.url.path.endswith("/redeem"):
            self.codes.append(orjson.loads(request.content)["code"])
            return httpx2.Response(200, json={"access_token": "t"})
        return httpx2.Response(200, json={"created": 1, "changed": 0, "paragraphs": 1})

    def _update(self, request: httpx2.Request) -> httpx2.Response:
        key = request.headers.get("idempotency-key")
        if key is not None and key in self._made:
            return httpx2.Response(201, json={"id": self._made[key]})
        if self._fails_at == len(self.titles):
            self._fails_at = None
            return httpx2.Response(self._status, json={})
        self.titles.append(str(orjson.loads(request.content)["title"]))
        self._made[key] = str(len(self.titles))
        return httpx2.Response(201, json={"id": self._made[key]})


@pytest.mark.parametrize(("status", "starts"), [(502, 1), (503, 1), (500, 2)])
async def test_nothing_is_made_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, starts: int) -> None:
    services = Services(4, status)
    client = httpx2.AsyncClient

    def connected(**options: Any) -> httpx2.AsyncClient:
        return client(**{**options, "transport": httpx2.MockTransport(services)})

    monkeypatch.setattr(loading.httpx2, "AsyncClient", connected)
    file = tmp_path / "loaded.json"
    for start in range(starts):
        try:
            await loading.load_once(file, "http://x", "t", "aep", demo=True, progress=lambda _: None)
        except Refused:
            assert start + 1 < starts
    assert file.exists()
    assert len(services.titles) > 4
    assert max(Counter(services.titles).values()) == 1
    # Everybody of the demo signed in with a mail of her or his own, and nobody's token was made by another.
    assert services.codes == [f"{'s' * 43}{number}" for number in range(len(services.mails))]
    assert len(services.codes) > 2
