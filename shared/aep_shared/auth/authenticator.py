"""From the Authorization header to an actor with its present rights; access never fails open."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid5

import structlog
from sqlalchemy import Row, text

from aep_shared.auth.actor import Actor
from aep_shared.auth.keys import KeySource
from aep_shared.auth.tokens import Claims, verify
from aep_shared.contracts.registry import Subject
from aep_shared.contracts.topics import SUBJECT
from aep_shared.db import Database
from aep_shared.errors import RightsNotReady, Unauthorised

log = structlog.get_logger()

HEARTBEAT_BOUND_SECONDS = 60
_WAIT_SECONDS = 2.0
_NAMESPACE = UUID("0b7d6c1e-3a52-4c0f-9b0a-6f2d54d1c7aa")


def heartbeat_id(partition: int) -> UUID:
    """The subject id whose events are the heartbeat of a partition of the subject topic."""
    candidates = (uuid5(_NAMESPACE, str(number)) for number in range(10_000))
    return next(c for c in candidates if SUBJECT.partition_of(str(c)) == partition)


HEARTBEATS = [heartbeat_id(partition) for partition in range(SUBJECT.partitions)]


class Authenticator:
    """Checks tokens against the key set and rights against this service's replica of the subject topic."""

    def __init__(self, database: Database, keys: KeySource, issuer: str) -> None:
        self._database = database
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
        return Actor(claims.subject, subject.grants, claims.scopes)

    async def _rights(self, claims: Claims) -> Subject:
        end = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while True:
            row = await self._find(claims.subject)
            if row is not None and row.fresh and (row.version or 0) >= claims.version:
                return _accepted(row, claims)
            if asyncio.get_running_loop().time() > end:
                log.warning("rights not ready", subject=str(claims.subject))
                raise RightsNotReady()
            await asyncio.sleep(0.02)

    async def _find(self, subject: UUID) -> Row[tuple[object, ...]] | None:
        beat = HEARTBEATS[SUBJECT.partition_of(str(subject))]
        async with self._database.reading() as session:
            found = await session.execute(
                _FIND,
                {
                    "topic": SUBJECT.name,
                    "key": str(subject),
                    "beat": str(beat),
                    "bound": HEARTBEAT_BOUND_SECONDS,
                },
            )
            return found.one_or_none()


def _accepted(row: Row[tuple[object, ...]], claims: Claims) -> Subject:
    if row.data is None:
        raise Unauthorised("this person or program was removed")
    subject = Subject.model_validate(row.data, extra="ignore")
    issued = datetime.fromtimestamp(claims.issued_at, UTC)
    if claims.token in subject.ended_tokens or (subject.not_before and issued < subject.not_before):
        raise Unauthorised("this sign-in was ended")
    return subject


# The newest heartbeat of the subject's partition proves that everything before it was applied here.
_FIND = text("""
SELECT (beat.data ->> 'heartbeat')::timestamptz > clock_timestamp() - make_interval(secs => :bound) AS fresh,
       known.version, known.data
FROM replicas beat LEFT JOIN replicas known ON known.topic = :topic AND known.key = :key
WHERE beat.topic = :topic AND beat.key = :beat
""")
