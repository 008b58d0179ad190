"""A register's change written by hand: the statements of a change in `registers.service`, and a plain outbox row."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import orjson

from aep_shared.contracts.topics import INITIATIVE

_LOCK = """
SELECT id, slug, public, stored_at, deleted_at, revision FROM initiatives
WHERE id = (SELECT id FROM record_slugs WHERE type = 'initiative' AND slug = $1) FOR UPDATE
"""
_UPDATE = """
UPDATE initiatives SET public = $2, revision = $3, stored_at = clock_timestamp()
WHERE id = $1 RETURNING slug, status, parent, stored_at
"""
_AUDIT = """
INSERT INTO audit (actor, action, record_type, record_id, salt, before_digest, after_digest)
VALUES ('somebody', 'change', $1, $2, '', $3, $4)
"""
_PUBLISH = "INSERT INTO outbox (topic, key, version, value) VALUES ($1, $2, $3, $4)"


async def change_record(connection: Any, slug: str, summary: str, *, publishes: bool) -> None:
    """One change on a connection of asyncpg, in the caller's transaction."""
    row = await connection.fetchrow(_LOCK, slug)
    document = orjson.loads(row["public"]) | {"summary": {"en": summary}}
    body = orjson.dumps(document)
    await connection.fetchrow(_UPDATE, row["id"], body.decode(), row["revision"] + 1)
    await connection.execute(_AUDIT, "initiative", str(row["id"]), _digest(row["public"].encode()), _digest(body))
    if publishes:
        value = orjson.dumps({"id": str(row["id"]), **document}).decode()
        topic, version = INITIATIVE.name, time.time_ns() // 1000
        await connection.execute(_PUBLISH, topic, str(row["id"]), version, value)


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=32).digest()
