"""The session of a signed-in person: it lives in one cookie, with an access token that is renewed when it runs out.

The cookie holds the access token (15 minutes) and the renewal secret (30 days). The registry replaces the secret at
each renewal and accepts the one before for a moment, so that tabs that renew at the same time do not end each other.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

from aep_website.answers import registry
from aep_website.client import Api, ApiProblem, Caller

COOKIE = "aep_session"
COOKIE_SECONDS = 30 * 86400
RENEWED_BEFORE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """What the cookie holds. `anchor` stays the same over renewals, so that forms outlive them."""

    anchor: str
    secret: str
    token: str
    expires: int

    def encode(self) -> str:
        return f"{self.anchor}:{self.secret}:{self.expires}:{self.token}"

    @staticmethod
    def decode(value: str | None) -> Session | None:
        """The session in a cookie's value; `None` for anything else."""
        parts = (value or "").split(":")
        # Its parts go into headers and into a date: anybody can write a cookie.
        if len(parts) != 4 or not all(map(_is_part, parts)) or not parts[2].isdecimal() or len(parts[2]) > 12:
            return None
        return Session(parts[0], parts[1], parts[3], int(parts[2]))

    @property
    def runs_out(self) -> bool:
        return self.expires - RENEWED_BEFORE_SECONDS < time.time()


@dataclass(frozen=True, slots=True)
class Renewed:
    """A session after renewal; `keep` says whether the browser must store it."""

    session: Session
    keep: bool


async def redeem(api: Api, caller: Caller, code: str) -> Session:
    """The session that a one-time link or code opens.

    Raises `ApiProblem` where it was used, has expired or was never issued.
    """
    written = await api.write("POST", registry.REDEEMED.path, caller, {"code": code})
    access = written.answer(registry.REDEEMED)
    return Session(secrets.token_urlsafe(18), access.secret or "", access.access_token, _expiry(access))


async def renew(api: Api, caller: Caller, session: Session) -> Renewed | None:
    """The session with a new access token; `None` where it has ended.

    Without a new secret in the answer another tab has just renewed: its cookie must not be overwritten.
    """
    try:
        written = await api.write("POST", registry.RENEWED.path, caller, {"secret": session.secret})
    except ApiProblem as problem:
        if problem.status in (401, 422):
            return None
        raise
    access = written.answer(registry.RENEWED)
    fresh = replace(session, token=access.access_token, expires=_expiry(access))
    return Renewed(replace(fresh, secret=access.secret), True) if access.secret else Renewed(fresh, False)


async def end(api: Api, caller: Caller, session: Session) -> None:
    """Signs out at the registry."""
    await api.write("POST", f"{registry.URL}/session/end", caller, {"secret": session.secret})


def _is_part(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _expiry(access: registry.Access) -> int:
    return int(time.time()) + access.expires_in
