"""What the failures of a service mean to its clients: those that come from its framework and from its database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from aep_shared import errors
from aep_shared.database import is_away, is_busy, is_untranslatable
from aep_shared.errors import InvalidInput, Problem
from aep_shared.web import problems
from aep_shared.web.problems import invalid, problem_response


class DatabaseAway(errors.Retryable):
    """The database does not answer now."""

    code = "database-away"


class DatabaseBusy(errors.Retryable):
    """Others are working on the same records now."""

    code = "database-busy"


def as_problem(failure: Exception) -> Problem:
    """The problem that a failure means to a client."""
    if isinstance(failure, RequestValidationError):
        return invalid(failure.errors())
    # A problem may be raised from a failure of the database, and then says more than that.
    if isinstance(failure, Problem):
        return failure
    if is_away(failure):
        return DatabaseAway()
    if is_busy(failure):
        return DatabaseBusy()
    if is_untranslatable(failure):
        return InvalidInput("a text cannot hold the sign NUL")
    return problems.as_problem(failure)


def install(app: FastAPI) -> None:
    """Makes `app` answer every failure of a route as a problem document."""

    async def answer(request: Request, failure: Exception) -> Response:
        return problem_response(as_problem(failure), request.scope.get("aep_request_id"))

    handler = cast("Callable[[Request, Exception], Awaitable[Response]]", answer)
    for kind in (Problem, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handler)
