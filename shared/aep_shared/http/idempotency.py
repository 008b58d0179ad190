"""Idempotency-Key: a request that is sent again gets the stored answer, once its policy has let it through again.

A key belongs to a person or program, the scope of its token and the address. Strangers have no keys: all of them would
be one. Routes that answer a secret take none: a stored secret could be had again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import orjson
from fastapi import Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from aep_shared.access.actor import Actor
from aep_shared.access.policy import Declared
from aep_shared.errors import (
    Forbidden,
    IdempotencyKeyInUse,
    IdempotencyKeyNotTaken,
    IdempotencyKeyReused,
    InvalidInput,
)

_KEPT_HEADERS = ("content-type", "location", "etag", "aep-event")


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what the answer to it depends on."""

    actor: str
    scopes: str
    route: str
    key: str
    rights: bytes
    fingerprint: bytes

    @property
    def place(self) -> dict[str, str]:
        return {"actor": self.actor, "scopes": self.scopes, "route": self.route, "key": self.key}


def key_of(request: Request, actor: Actor, declared: Declared) -> str | None:
    """The key that a request carries.

    Raises `IdempotencyKeyNotTaken` and `InvalidInput`.
    """
    given = request.headers.get("idempotency-key")
    if given is None or request.method != "POST":
        return None
    if actor.subject is None or declared.secret:
        raise IdempotencyKeyNotTaken()
    if not 1 <= len(given) <= 200:
        raise InvalidInput("an Idempotency-Key has 1 to 200 characters")
    return given


def bound(request: Request, actor: Actor, key: str, body: bytes) -> Key:
    """The key with what it is bound to."""
    rights = sorted(grant.model_dump_json() for grant in actor.rights)
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    return Key(
        actor.name,
        " ".join(sorted(actor.scopes)) if actor.scopes is not None else "*",
        f"{request.method} {request.url.path}",
        key,
        hashlib.sha256("\n".join(rights).encode()).digest(),
        hashlib.sha256(asked).digest(),
    )


async def repeated(session: AsyncSession, key: Key) -> Response | None:
    """The stored answer where this key was used before with the same request.

    Raises `Forbidden` where what the actor may do has changed since: the policy was checked with other rights.
    """
    if not await session.scalar(_LOCK_KEY, {"name": orjson.dumps(list(key.place.values())).decode()}):
        raise IdempotencyKeyInUse()
    row = (await session.execute(_FIND_KEY, key.place)).one_or_none()
    if row is None:
        return None
    if row.rights != key.rights:
        raise Forbidden("what you may do has changed since this Idempotency-Key was used")
    if row.fingerprint != key.fingerprint:
        raise IdempotencyKeyReused()
    return Response(row.body, row.status, {**row.headers, "Idempotency-Replayed": "true"})


async def remember(session: AsyncSession, key: Key, response: Response) -> None:
    """Stores an answer, but no refusal: what was refused may be tried again."""
    if response.status_code >= 400:
        return
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    values = {
        **key.place,
        "rights": key.rights,
        "fingerprint": key.fingerprint,
        "status": response.status_code,
        "headers": orjson.dumps(headers).decode(),
        "body": bytes(response.body),
    }
    await session.execute(_STORE_KEY, values)


_LOCK_KEY = text("SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency:' || :name, 0))")
_FIND_KEY = text("""
SELECT rights, fingerprint, status, headers, body FROM idempotency_keys
WHERE actor = :actor AND scopes = :scopes AND route = :route AND key = :key
""")
_STORE_KEY = text("""
INSERT INTO idempotency_keys (actor, scopes, route, key, rights, fingerprint, status, headers, body)
VALUES (:actor, :scopes, :route, :key, :rights, :fingerprint, :status, CAST(:headers AS jsonb), :body)
""")
