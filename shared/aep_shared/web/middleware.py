"""What wraps every request, as pure ASGI: request id, trace context, limits, deadline, security headers, metrics."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aep_shared import telemetry
from aep_shared.errors import AddressTooLong, BodyTooLarge, HeadersTooLarge, InvalidInput, Problem, RequestTimedOut
from aep_shared.web.problems import as_problem, problem_response

MAX_HEADER_BYTES = 32 * 1024
MAX_ADDRESS_BYTES = 32 * 1024
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

API_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    # The same address says more to whoever is signed in.
    "vary": "Authorization",
}
_HEALTH = ("/healthz", "/readyz", "/metrics")

log = structlog.get_logger()


def transport_headers(site_url: str) -> dict[str, str]:
    """HSTS where the public address is one of https: for two years, as browsers ask for."""
    return {"strict-transport-security": "max-age=63072000"} if site_url.startswith("https://") else {}


class RequestMiddleware:
    """The outermost layer of a service; `explain` says what problem a failure is that no route answered."""

    def __init__(
        self,
        app: ASGIApp,
        service: str,
        *,
        max_body_bytes: int,
        deadline: float,
        headers: dict[str, str] | None = None,
        explain: Callable[[Exception], Problem] = as_problem,
    ) -> None:
        self._app = app
        self._service = service
        self._max_body_bytes = max_body_bytes
        self._deadline = deadline
        self._explain = explain
        self._headers = [(k.encode(), v.encode()) for k, v in (headers or API_HEADERS).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        scope["aep_request_id"] = request_id = _request_id(headers)
        telemetry.traceparent.set(_traceparent(headers))
        structlog.contextvars.bind_contextvars(request_id=request_id, service=self._service)
        answer = _Answer(send, request_id, [*self._headers, *_private(scope, headers)])
        # What HEAD is answered with is what GET would be; the server leaves the body out.
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        started = time.perf_counter()
        try:
            _check_size(scope, headers, self._max_body_bytes)
            _check_address(scope)
            async with asyncio.timeout(self._deadline):
                await self._app(inner, _limited(receive, self._max_body_bytes), answer.send)
        except Exception as failure:
            if answer.started:
                raise
            problem = RequestTimedOut() if isinstance(failure, TimeoutError) else self._explain(failure)
            await problem_response(problem, request_id)(inner, receive, answer.send)
        finally:
            self._tell(inner, scope["method"], answer.status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id", "service")

    def _tell(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        """Figures and one line for each request: its route and not its address, which may hold an address of mail."""
        route = getattr(scope.get("route"), "path", "none")
        telemetry.REQUESTS.labels(self._service, method, route, status).observe(seconds)
        if not route.endswith(_HEALTH):
            log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


class _Answer:
    """The response on its way out, with the headers that every response has."""

    def __init__(self, send: Send, request_id: str, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._added = [(b"x-request-id", request_id.encode()), *headers]
        self.started = False
        self.status = 500

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *((k, v) for k, v in self._added if k not in present)]
        await self._send(message)


def _private(scope: Scope, headers: dict[bytes, Any]) -> list[tuple[bytes, bytes]]:
    """What a person gets, and what a write answers, is kept by nobody on the way."""
    public = scope["method"] in ("GET", "HEAD") and b"authorization" not in headers
    return [] if public else [(b"cache-control", b"no-store")]


def _request_id(headers: dict[bytes, Any]) -> str:
    given = headers.get(b"x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _traceparent(headers: dict[bytes, Any]) -> str:
    given = headers.get(b"traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) else f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def _check_size(scope: Scope, headers: dict[bytes, Any], limit: int) -> None:
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        raise HeadersTooLarge()
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
        raise AddressTooLong()
    length = headers.get(b"content-length", "0")
    if len(length) > 18 or not (length.isascii() and length.isdecimal()):
        raise Problem("the Content-Length is not a number")
    if int(length) > limit:
        raise BodyTooLarge(f"the body has {length} bytes, more than {limit}")


def _check_address(scope: Scope) -> None:
    """No text of the database can hold the sign NUL, so nothing that an address with it names is there."""
    if "\0" in scope["path"] or b"\0" in unquote_to_bytes(scope["query_string"]):
        raise InvalidInput("an address cannot hold the sign NUL")


def _limited(receive: Receive, limit: int) -> Receive:
    """Counts the body while it arrives, for requests that do not announce its length."""
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge(f"the body has more than {limit} bytes")
        return message

    return count
