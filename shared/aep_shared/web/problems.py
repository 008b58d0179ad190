"""Every failure as RFC 9457 problem details with a stable code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import structlog
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from aep_shared import errors
from aep_shared.errors import Problem
from aep_shared.text import readable

log = structlog.get_logger()

MOST_LISTED = 50
"""How many entries a list in a problem has; the detail says how many there are where that matters."""
MOST_OF_A_DETAIL = 2_000

_BY_STATUS = {
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.BodyTooLarge,
    400: errors.NotJson,
}


class Internal(Problem):
    """Something unexpected happened; it was recorded under the request id."""

    status = 500
    code = "internal"


def problem_response(problem: Problem, request_id: str | None = None) -> Response:
    """The problem document; `type` is an address that explains the code."""
    document: dict[str, object] = {
        "type": f"/problems/{problem.code}",
        "title": (type(problem).__doc__ or "").strip().splitlines()[0],
        "status": problem.status,
        "code": problem.code,
        "detail": readable(problem.detail[:MOST_OF_A_DETAIL]),
        **{name: _cut(value) for name, value in problem.extra.items()},
    }
    if request_id:
        document["request_id"] = request_id
    return Response(
        orjson.dumps(document, default=str),
        status_code=problem.status,
        media_type="application/problem+json",
        headers=problem.headers,
    )


def _cut(value: Any) -> Any:
    """A member of a problem as far as a person reads it: whoever sent something long gets no long answer."""
    if isinstance(value, str):
        return readable(value[:MOST_OF_A_DETAIL])
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cut(inner) for inner in value[:MOST_LISTED]]
    return value


def invalid(found: Iterable[Any]) -> Problem:
    """The problem for input that does not fit its model, with one entry for each of the errors that Pydantic found."""
    found = list(found)
    if any(error["type"] == "json_invalid" for error in found):
        return errors.NotJson()
    fields = [{"field": ".".join(str(part)[:120] for part in e["loc"]), "message": e["msg"]} for e in found]
    detail = "; ".join(f"{entry['field']}: {entry['message']}" for entry in fields[:5])
    return errors.InvalidInput(detail, errors=fields)


def as_problem(failure: Exception) -> Problem:
    """The problem that a failure means to a client; surprises are logged and become a 500."""
    if isinstance(failure, Problem):
        return failure
    if isinstance(failure, ValidationError):
        return invalid(failure.errors())
    if isinstance(failure, HTTPException):
        kind = _BY_STATUS.get(failure.status_code, Problem)
        return kind(str(failure.detail) if kind is Problem else None)
    log.error("unexpected failure", exc_info=failure)
    return Internal()
