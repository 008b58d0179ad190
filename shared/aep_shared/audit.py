"""Audit rows: who did what to which record, written in the transaction of the change.

They hold salted digests of the record before and after, never its contents; the hash chain over them is built behind.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.auth.actor import Actor


async def record(
    session: AsyncSession, actor: Actor, action: str, record_type: str, record_id: UUID | str,
    before: Any = None, after: Any = None,
) -> None:  # fmt: skip
    """Writes one audit row; `before` and `after` are JSON values or `None`."""
    await session.execute(
        _INSERT,
        {
            "actor": actor.name,
            "action": action,
            "type": record_type,
            "id": str(record_id),
            "before": _digest(record_id, before),
            "after": _digest(record_id, after),
        },
    )


def _digest(salt: UUID | str, value: Any) -> bytes | None:
    """The record's id is the salt: equal contents of two records have different digests."""
    if value is None:
        return None
    body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2b(body, key=str(salt).encode()[:64], digest_size=32).digest()


_INSERT = text(
    "INSERT INTO audit (actor, action, record_type, record_id, before_digest, after_digest)"
    " VALUES (:actor, :action, :type, :id, :before, :after)"
)
