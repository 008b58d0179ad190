"""Expected failures: each is a type with an HTTP status and a stable code; anything else is a 500.

A problem's docstring is its default message. The HTTP layer turns a problem into RFC 9457 problem details.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar


class Problem(Exception):
    """The request cannot be carried out."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"
    fixed_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        """`detail` says in one sentence what is wrong; `extra` are further members of the problem document."""
        self.detail = detail or inspect.cleandoc(type(self).__doc__ or self.code)
        self.extra = extra
        self.headers: dict[str, str] = dict(self.fixed_headers)
        super().__init__(self.detail)


class Retryable(Problem):
    """The service cannot answer now; the same request may succeed a little later."""

    status = 503
    code = "unavailable"
    fixed_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


class NotFound(Problem):
    """There is nothing at this address."""

    status = 404
    code = "not-found"


class MethodNotAllowed(Problem):
    """This address does not answer that method."""

    status = 405
    code = "method-not-allowed"


class InvalidInput(Problem):
    """The request does not have the form that this address expects."""

    status = 422
    code = "invalid-input"


class NotJson(Problem):
    """The body is not valid JSON, or its Content-Type is not application/json."""

    status = 400
    code = "not-json"


class BodyTooLarge(Problem):
    """The body of the request is larger than this address accepts."""

    status = 413
    code = "body-too-large"


class BodyTooSlow(Problem):
    """The body of the request did not come in time."""

    status = 408
    code = "body-too-slow"
    fixed_headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class AddressTooLong(Problem):
    """The address of the request is longer than this service accepts."""

    status = 414
    code = "address-too-long"


class HeadersTooLarge(Problem):
    """The headers of the request are larger than this service accepts."""

    status = 431
    code = "headers-too-large"


class UnknownParameter(Problem):
    """The address has a query parameter that this list does not know."""

    code = "unknown-parameter"


class InvalidCursor(Problem):
    """The cursor was not issued by this list, or the filters changed since."""

    code = "invalid-cursor"


class Gone(Problem):
    """What was removed before this moment is no longer known; read the whole list again."""

    status = 410
    code = "updated-since-too-old"


class PreconditionFailed(Problem):
    """The record was changed since it was read; read it again before changing it."""

    status = 412
    code = "revision-outdated"


class Conflict(Problem):
    """The change contradicts the present state of the record."""

    status = 409
    code = "conflict"


class IdempotencyKeyReused(Problem):
    """The same Idempotency-Key was used with another request."""

    status = 422
    code = "idempotency-key-reused"


class IdempotencyKeyInUse(Problem):
    """A request with this Idempotency-Key is being carried out right now."""

    status = 409
    code = "idempotency-key-in-use"


class IdempotencyKeyNotTaken(Problem):
    """This address takes no Idempotency-Key: it answers a secret, or nobody is signed in."""

    code = "idempotency-key-not-taken"


class TooManyRequests(Problem):
    """This was asked for too often; the same request may be sent again after a while."""

    status = 429
    code = "too-many-requests"


class BusyWithAnother(Retryable):
    """Another request of this kind is being worked on, and such work is done one at a time."""

    code = "busy-with-another"
    fixed_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "10", "Connection": "close"}


class Unauthorised(Problem):
    """This action needs a valid sign-in."""

    status = 401
    code = "sign-in-required"
    fixed_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    """The signed-in person may not do this."""

    status = 403
    code = "not-allowed"


class NoKeysYet(Retryable):
    """The keys that verify tokens have not been received yet."""

    code = "keys-not-ready"


class RightsNotReady(Retryable):
    """What this person may do is not known here yet."""

    code = "rights-not-ready"


class RequestTimedOut(Retryable):
    """The request took longer than its deadline."""

    code = "deadline-exceeded"
