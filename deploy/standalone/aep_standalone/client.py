"""The API client behind the commands: the address, a token, and problems as exit codes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx2

from aep_standalone.errors import StandaloneError


class NotReachable(StandaloneError):
    code = "platform-not-reachable"

    def __init__(self, url: str) -> None:
        super().__init__(f"nothing answers at {url}; start it with 'aep up', or set AEP_URL")


class NoToken(StandaloneError):
    code = "token-missing"

    def __init__(self, file: Path) -> None:
        super().__init__(f"no token: set AEP_TOKEN, or run this beside the data folder of 'aep up' ({file})")


class Refused(StandaloneError):
    """The platform refused what was asked, with a problem document."""

    def __init__(self, problem: dict[str, object]) -> None:
        self.code = str(problem.get("code", "refused"))
        self.problem = problem
        super().__init__(f"{self.code}: {problem.get('detail')}")


class Client:
    """Calls `/api` at `AEP_URL` with `AEP_TOKEN`, or with the local operator's token."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self.url = url or os.environ.get("AEP_URL", "http://127.0.0.1:8000")
        self.token = token or os.environ.get("AEP_TOKEN") or _local_token()
        self._http = httpx2.Client(base_url=self.url, timeout=120, trust_env=False)

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """The JSON answer.

        Raises `Refused` for a problem document, `NotReachable` where nobody answers.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = self._http.request(method, path, headers=headers, **arguments)
        except httpx2.TransportError as problem:
            raise NotReachable(self.url) from problem
        if answer.status_code >= 400:
            raise Refused(problem_of(answer))
        return answer.json() if answer.content else None


def problem_of(answer: httpx2.Response) -> dict[str, object]:
    """The problem document of a refusal, or one made of what a proxy said."""
    try:
        document: dict[str, object] = answer.json()
    except ValueError:
        return {"code": f"http-{answer.status_code}", "detail": answer.text[:200]}
    return document


def _local_token() -> str:
    file = Path(os.environ.get("AEP_DATA", ".aep")) / "operator-token"
    try:
        return file.read_text().strip()
    except OSError as problem:
        raise NoToken(file) from problem
