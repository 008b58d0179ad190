"""Policies: one function for each action, default deny.

A route declares its policy by name and its use case checks it; the edge refuses to answer where that did not happen,
and a route without a policy stops the service from starting. What can be refused without knowing the record is refused
before the body of the request is read.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from fastapi.routing import APIRoute

from aep_shared.access.actor import Actor, Policy
from aep_shared.access.limits import Limit
from aep_shared.errors import Forbidden, Problem, Unauthorised

PUBLIC = "public"
_KEY = "x-policy"
SECRET = "x-answers-a-secret"  # noqa: S105 - the name of a mark
"""Says in the OpenAPI document that an answer is never stored to be given again."""


class PolicyNotChecked(Problem):
    """The service forgot to check whether this is allowed, so it is not."""

    status = 500
    code = "policy-not-checked"


class Declared(str):
    """What a route says about itself: the name of its policy, its limits, whether its answer is a secret, and so on.

    A string, because it stands in the OpenAPI document.
    """

    policy: Policy | None = None
    limits: Sequence[Limit] = ()
    secret: bool = False
    alone: bool = False

    def require(self, actor: Actor) -> None:
        """Raises `Unauthorised` or `Forbidden` where no record could make it allowed."""
        if self.policy is None:
            return
        if actor.subject is None:
            raise Unauthorised()
        if len(inspect.signature(self.policy).parameters) == 1 and not self.policy(actor):
            raise Forbidden()


def guarded_by(policy: Policy | str, *limits: Limit, secret: bool = False, alone: bool = False) -> dict[str, Any]:
    """Keyword arguments for a route: `@router.post("/x", **guarded_by(change_x))`, or `PUBLIC` for everyone.

    `limits` say how often it may be called; the answer of a `secret` route is never stored to be given again.
    Of a route that works `alone` a process carries out one request at a time and refuses others before it reads them.
    """
    declared = Declared(policy if isinstance(policy, str) else policy.__name__)
    declared.policy = None if isinstance(policy, str) else policy
    declared.limits, declared.secret, declared.alone = limits, secret, alone
    return {"openapi_extra": {_KEY: declared, **({SECRET: True} if secret else {})}}


def declared_policy(route: APIRoute) -> Declared:
    """What a route declares.

    Raises `TypeError` for a route without a policy.
    """
    declared = (route.openapi_extra or {}).get(_KEY)
    if not isinstance(declared, Declared):
        raise TypeError(f"{route.methods} {route.path} declares no policy")
    return declared
