"""What an OpenAPI document says beyond the types of a route: raw bodies, problems, who is let in, common headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from aep_shared.access.policy import PUBLIC, SECRET


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457); `code` is stable, `detail` is for people, and some problems say more."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str
    """An address that explains the code."""
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None


_PROBLEM = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_TOKEN = {"type": "http", "scheme": "bearer", "description": "A token of a session, of a person or of a program"}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same request with the same key is carried out once, and answered the same again.",
}
_AFTER = {
    "name": "AEP-After",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "What a write answered as AEP-Event: this read waits a moment until it is seen here.",
}


def operation_id(route: APIRoute) -> str:
    """A name for generated clients: the tag, and what the route is called."""
    return "_".join([*map(str, route.tags[:1]), route.name]).replace("-", "_").replace(" ", "_")


def taking_lines(guarded: dict[str, Any], about: str) -> dict[str, Any]:
    """The arguments of a route that reads its body line by line."""
    lines = {"type": "string", "format": "binary", "description": about}
    return taking_one_of(guarded, {"application/jsonl": lines}, required=True)


def taking_one_of(
    guarded: dict[str, Any], schemas: Mapping[str, dict[str, Any]], *, required: bool = False
) -> dict[str, Any]:
    """The arguments of a route that reads its body by itself, in one of these forms."""
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    body = {"requestBody": {"required": required, "content": content}}
    return {**guarded, "openapi_extra": {**guarded["openapi_extra"], **body}}


def describe(app: FastAPI) -> None:
    """Completes the document of an app whenever it is made."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(generated())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["securitySchemes"] = {"token": _TOKEN}
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(operation, method)
    return document


def _complete(operation: dict[str, Any], method: str) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses |= {"4XX": _PROBLEM, "5XX": _PROBLEM}
    policy = operation["x-policy"]
    operation["security"] = [{"token": []}, *([{}] if policy == PUBLIC else [])]
    parameters = operation.setdefault("parameters", [])
    if method == "get":
        parameters.append(_AFTER)
    elif method == "post" and policy != PUBLIC and SECRET not in operation:
        parameters.append(_KEY)
