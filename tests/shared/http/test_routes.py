"""Rules that hold for every route of every service."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, declared_policy
from aep_shared.contracts.topics import SERVICES
from aep_shared.errors import Unauthorised
from aep_shared.http.app import every_route


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> FastAPI:
    """The API of a service; nothing of it is started."""
    address = "postgresql://nobody@127.0.0.1/nothing"
    environ = {
        "AEP_EVENT_LOG_URL": address,
        f"AEP_{request.param.upper()}_DATABASE_URL": address,
        "AEP_REGISTRY_KEYS_DIR": str(tmp_path / "keys"),
        "AEP_SEARCH_INDEX_URL": f"tantivy://{tmp_path}/index",
        "AEP_REPORTS_FILES_URL": f"file://{tmp_path}/files",
        "AEP_NOTIFICATIONS_MAILBOX_PORT": "1",
        "AEP_SMTP_URL": "smtp://127.0.0.1:1",
    }
    _platform, app = importlib.import_module(f"aep_{request.param}.app").build(environ)
    return app  # type: ignore[no-any-return]


def _guarded(app: FastAPI) -> Iterator[APIRoute]:
    routes = [route for route in every_route(app) if isinstance(route, APIRoute)]
    yield from (route for route in routes if "x-policy" in (route.openapi_extra or {}))


def test_a_stranger_is_refused_by_every_route_that_is_not_public(service: FastAPI) -> None:
    for route in _guarded(service):
        declared = declared_policy(route)
        if declared != PUBLIC:
            with pytest.raises(Unauthorised):
                declared.require(Actor())


def test_a_route_that_answers_a_secret_says_so(service: FastAPI) -> None:
    for route in _guarded(service):
        answers_secret = route.methods == {"POST"} and route.path.endswith(("/redeem", "/renew", "/tokens"))
        assert declared_policy(route).secret == answers_secret, route.path


def test_whatever_a_stranger_may_send_has_a_limit(service: FastAPI) -> None:
    for route in _guarded(service):
        declared = declared_policy(route)
        if declared == PUBLIC and route.methods == {"POST"}:
            assert any(limit.address and limit.network for limit in declared.limits), route.path


def test_every_parameter_of_a_query_has_a_bound(service: FastAPI) -> None:
    document = service.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    schema = _resolved(parameter["schema"], document)
                    assert _is_bounded(schema), f"{method} {path} {parameter['name']}"


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, also where it is one of those that the document names."""
    named = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][named] if named else schema
    return found


def _is_bounded(schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return all(_is_bounded(part) for part in schema["anyOf"])
    if schema.get("type") == "string":
        return "maxLength" in schema or "enum" in schema or schema.get("format") in ("uuid", "date-time")
    if schema.get("type") == "array":
        return "maxItems" in schema and _is_bounded(schema["items"])
    if schema.get("type") == "integer":
        return "minimum" in schema and "maximum" in schema
    return schema.get("type") in ("boolean", "null") or "enum" in schema or "const" in schema
