"""Audit rows: who did what to which record, written in the transaction of the change.

They hold digests of the record before and after, never its contents. Each row has a random salt, so that nobody who
knows the ids tells from a digest what it is of; whoever holds contents and row can prove that they belong together.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access.actor import Actor

MACHINE = "machine"
"""Who acts when something is done on the machine of the platform and its database, where nobody is signed in."""


async def record(
    session: AsyncSession,
    actor: Actor | str,
    action: str,
    record_type: str,
    record_id: UUID | str,
    before: Any = None,
    after: Any = None,
) -> None:
    """Writes one audit row; `before` and `after` are JSON values or `None`.

    `actor` is a word where nobody is signed in, such as `MACHINE`.
    """
    salt = secrets.token_bytes(16)
    await session.execute(
        _INSERT,
        {
            "actor": actor if isinstance(actor, str) else actor.name,
            "action": action,
            "type": record_type,
            "id": str(record_id),
            "salt": salt,
            "before": _digest(salt, before),
            "after": _digest(salt, after),
        },
    )


def _digest(salt: bytes, value: Any) -> bytes | None:
    if value is None:
        return None
    body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2b(body, key=salt, digest_size=32).digest()


_INSERT = text(
    "INSERT INTO audit (actor, action, record_type, record_id, salt, before_digest, after_digest)"
    " VALUES (:actor, :action, :type, :id, :salt, :before, :after)"
)
