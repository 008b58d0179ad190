"""A client that holds every answer against the OpenAPI document of the service that gave it."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx2
from fastapi import FastAPI
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from aep_shared.http.app import every_route


class Described(httpx2.ASGITransport):
    """Carries requests to an app, and fails where an answer is not as its document says."""

    def __init__(self, app: FastAPI, **options: Any) -> None:
        super().__init__(app, raise_app_exceptions=False, **options)
        self._app = app
        _document(app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await super().handle_async_request(request)
        await answer.aread()
        problem = undescribed(self._app, request.method, request.url.path, answer)
        assert problem is None, f"{request.method} {request.url.path}: {answer.status_code} {problem}"
        return answer


def undescribed(app: FastAPI, method: str, path: str, answer: httpx2.Response) -> str | None:
    """What the document does not say of an answer of one of its operations."""
    document = _document(app)
    operation = document.operation(method.lower(), path)
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
    errors = document.validator(json.dumps(content[media_type]["schema"])).iter_errors(answer.json())
    return next((f"{error.json_path}: {error.message[:300]}" for error in errors), None)


class _Document:
    """An OpenAPI document, with what is worked out from it once."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._validators: dict[str, Validator] = {}
        # Those without parameters first, as a router tries them.
        paths = sorted(document["paths"].items(), key=lambda found: found[0].count("{"))
        self._paths = [(re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path))), item) for path, item in paths]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        return next((item[method] for pattern, item in self._paths if method in item and pattern.fullmatch(path)), None)

    def validator(self, schema: str) -> Validator:
        """Of a schema as JSON, which can be a key, with what it refers to."""
        if schema not in self._validators:
            whole = {"components": self.document["components"], **json.loads(schema)}
            self._validators[schema] = Draft202012Validator(whole)
        return self._validators[schema]


_documents: dict[tuple[str, frozenset[Any]], _Document] = {}


def _document(app: FastAPI) -> _Document:
    """The document of an app. Making one takes longer than most tests, so apps with the same routes share it."""
    if not hasattr(app.state, "described"):
        routes = frozenset(
            (route.path, *sorted(route.methods), route.endpoint.__module__, route.endpoint.__qualname__)
            for route in every_route(app)
            if isinstance(route, APIRoute)
        )
        if (app.title, routes) not in _documents:
            _documents[app.title, routes] = _Document(app.openapi())
        app.state.described = _documents[app.title, routes]
        app.openapi_schema = app.state.described.document
    described: _Document = app.state.described
    return described
