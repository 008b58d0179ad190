"""A client that holds every answer against the OpenAPI document of the service that gave it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import httpx2
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator


class Described(httpx2.ASGITransport):
    """Carries requests to an app, and fails where an answer is not as its document says."""

    def __init__(self, app: FastAPI, **options: Any) -> None:
        super().__init__(app, raise_app_exceptions=False, **options)
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await super().handle_async_request(request)
        await answer.aread()
        problem = undescribed(self._app, request.method, request.url.path, answer)
        assert problem is None, f"{request.method} {request.url.path}: {answer.status_code} {problem}"
        return answer


def undescribed(app: FastAPI, method: str, path: str, answer: httpx2.Response) -> str | None:
    """What the document does not say of an answer of one of its operations."""
    operation = _operation(app, method.lower(), path)
    if operation is None:
        return None
    described = operation["responses"]
    said = described.get(str(answer.status_code), described.get(f"{answer.status_code // 100}XX"))
    if said is None:
        return "is a status that the document does not name"
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    content = said.get("content", {})
    if not answer.content and not content:
        return None
    if media_type not in content:
        return f"is {media_type}, the document says {sorted(content)}"
    if not media_type.endswith("json") or answer.status_code == 304:
        return None
    errors = _validator(app, json.dumps(content[media_type]["schema"])).iter_errors(answer.json())
    return next((f"{error.json_path}: {error.message[:300]}" for error in errors), None)


def _operation(app: FastAPI, method: str, path: str) -> dict[str, Any] | None:
    for pattern, item in _paths(app):
        if method in item and pattern.fullmatch(path):
            operation: dict[str, Any] = item[method]
            return operation
    return None


@cache
def _paths(app: FastAPI) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The paths of a document, those without parameters first, as a router tries them."""
    paths = sorted(app.openapi()["paths"].items(), key=lambda found: found[0].count("{"))
    return [(re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path))), item) for path, item in paths]


@cache
def _validator(app: FastAPI, schema: str) -> Validator:
    """Of a schema as JSON, which can be a key, with what it refers to."""
    return Draft202012Validator({"components": app.openapi()["components"], **json.loads(schema)})
