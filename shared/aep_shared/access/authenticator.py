"""From the Authorization header to an actor with its present rights; access never fails open."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from aep_shared.access.actor import Actor
from aep_shared.access.keys import KeySource
from aep_shared.access.rights import Known, Rights
from aep_shared.access.tokens import Claims, verify
from aep_shared.contracts.registry import Subject
from aep_shared.errors import RightsNotReady, Unauthorised

log = structlog.get_logger()

_WAIT_SECONDS = 2.0


class Authenticator:
    """Checks tokens against the key set, and takes the rights of whoever asks from where this service knows them."""

    def __init__(self, rights: Rights, keys: KeySource, issuer: str) -> None:
        self._known = rights
        self._keys = keys
        self._issuer = issuer

    async def actor(self, authorization: str | None) -> Actor:
        """The actor of a request.

        Raises `Unauthorised` for a bad or ended token; `RightsNotReady` and `NoKeysYet` (503, never 403) while this
        service cannot know what the subject may do.
        """
        if authorization is None:
            return Actor()
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorised("only Bearer tokens are accepted")
        claims = await verify(token.strip(), self._keys, self._issuer)
        subject = await self._rights(claims)
        return Actor(claims.subject, subject.grants, claims.scopes, claims.maker)

    async def _rights(self, claims: Claims) -> Subject:
        end = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while True:
            known = await self._known.of(claims.subject)
            if known is not None and known.version >= claims.version:
                return _accepted(known, claims)
            if asyncio.get_running_loop().time() > end:
                log.warning("rights not ready", subject=str(claims.subject))
                raise RightsNotReady()
            await asyncio.sleep(0.02)


def _accepted(known: Known, claims: Claims) -> Subject:
    if known.state is None:
        raise Unauthorised("this person or program was removed")
    subject = Subject.model_validate(known.state, extra="ignore")
    issued = datetime.fromtimestamp(claims.issued_at, UTC)
    ended = {claims.token, claims.session}.intersection(subject.ended_tokens)
    if ended or (subject.not_before and issued < subject.not_before):
        raise Unauthorised("this sign-in was ended")
    return subject
