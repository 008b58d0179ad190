"""Somebody who uses the platform from outside, signed in or not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from tests.e2e.deployments import Deployment


class Person:
    """Somebody with an address, signed in or not."""

    def __init__(self, deployment: Deployment, token: str | None = None) -> None:
        self._client = deployment.client()
        self.token = token

    def call(self, method: str, path: str, *, expect: int | None = None, **arguments: Any) -> httpx2.Response:
        """The answer; a 503 with Retry-After is tried again, as the platform asks."""
        headers: dict[str, str] = dict(arguments.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        deadline = time.monotonic() + 60
        while True:
            answer = self._client.request(method, path, headers=headers, **arguments)
            if answer.status_code != 503 or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        if expect is not None:
            assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at a path."""
        return self.call("GET", path, expect=200, params=parameters).json()

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, expect: int | None = None) -> Any:
        answer = self.call("POST", path, json=body, expect=expect)
        assert answer.status_code < 400 or expect, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def search(self, q: str, **filters: str) -> Any:
        return self.get("/api/search/v1/search", q=q, **filters)

    def finds(self, q: str, **filters: str) -> int:
        return int(self.search(q, **filters)["total"]["value"])
