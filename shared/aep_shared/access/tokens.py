"""Access tokens: JWTs signed with Ed25519 by the registry (RFC 7519, RFC 8037), checked offline by every service."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

from aep_shared.access.keys import KeySource
from aep_shared.errors import Unauthorised

ALGORITHM = "Ed25519"
AUDIENCE = "aep"
MAX_TOKEN_CHARACTERS = 4096
_LEEWAY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: who, since when, and the version of the rights it was issued at."""

    subject: UUID
    token: str
    issued_at: int
    version: int
    scopes: frozenset[str] | None
    session: str | None = None
    """The session that the token belongs to: it ends with it."""
    maker: UUID | None = None
    """The person who made the token of a program and answers for what it does."""


def sign(
    key: OKPKey,
    issuer: str,
    subject: UUID,
    token_id: str,
    version: int,
    seconds: int,
    scopes: list[str] | None = None,
    session: str | None = None,
    maker: UUID | None = None,
) -> str:
    """A token for `subject` that is valid for `seconds`, and no longer than its session where it has one.

    `maker` is the person who answers for what a program does with it (the claim `act` of RFC 8693).
    """
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(subject),
        "jti": token_id,
        "iat": now,
        "exp": now + seconds,
        "ver": version,
    }
    if scopes is not None:
        claims["scope"] = " ".join(scopes)
    if session is not None:
        claims["sid"] = session
    if maker is not None:
        claims["act"] = {"sub": str(maker)}
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


async def verify(token: str, keys: KeySource, issuer: str) -> Claims:
    """The claims of a token.

    Raises `Unauthorised` for every token that is not exactly as the registry makes them, and `NoKeysYet`.
    """
    key = await keys.find(_key_id(token))
    if key is None:
        raise Unauthorised("the token was not signed by this platform")
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        return _checked(claims, issuer)
    except (JoseError, KeyError, TypeError, ValueError) as problem:
        raise Unauthorised("the token is not valid") from problem


def _key_id(token: str) -> str:
    """The key id in the header: nothing but a look-up; addresses of keys in the header are never followed."""
    if len(token) > MAX_TOKEN_CHARACTERS or token.count(".") != 2:
        raise Unauthorised("the token is not valid")
    try:
        header = orjson.loads(urlsafe_b64decode(token.partition(".")[0].encode("ascii")))
        if header["alg"] != ALGORITHM or "crit" in header or not isinstance(header["kid"], str):
            raise ValueError
        return str(header["kid"])
    except (ValueError, KeyError, TypeError) as problem:
        raise Unauthorised("the token is not valid") from problem


def _checked(claims: dict[str, Any], issuer: str) -> Claims:
    now = time.time()
    if claims["iss"] != issuer or claims["aud"] != AUDIENCE:
        raise ValueError("issued elsewhere or for somebody else")
    if claims["exp"] < now or claims["iat"] > now + _LEEWAY_SECONDS:
        raise ValueError("expired, or issued in the future")
    scope = claims.get("scope")
    return Claims(
        UUID(claims["sub"]),
        str(claims["jti"]),
        int(claims["iat"]),
        int(claims["ver"]),
        None if scope is None else frozenset(str(scope).split()),
        None if claims.get("sid") is None else str(claims["sid"]),
        None if claims.get("act") is None else UUID(claims["act"]["sub"]),
    )
