"""Policies: one function for each action, default deny.

A route declares its policy by name and its use case checks it; the edge refuses to answer where that did not happen,
and a route without a policy stops the service from starting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.routing import APIRoute

from aep_shared.errors import Problem

PUBLIC = "public"
_KEY = "x-policy"

Policy = Callable[..., bool]


class PolicyNotChecked(Problem):
    """The service forgot to check whether this is allowed, so it is not."""

    status = 500
    code = "policy-not-checked"


def guarded_by(policy: Policy | str) -> dict[str, Any]:
    """Keyword arguments for a route: `@router.post("/x", **guarded_by(change_x))`, or `PUBLIC` for everyone."""
    return {"openapi_extra": {_KEY: policy if isinstance(policy, str) else policy.__name__}}


def declared_policy(route: APIRoute) -> str:
    """The name of the policy that a route declares.

    Raises `TypeError` for a route without one.
    """
    name = (route.openapi_extra or {}).get(_KEY)
    if not name:
        raise TypeError(f"{route.methods} {route.path} declares no policy")
    return str(name)
