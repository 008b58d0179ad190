"""A register's change written by hand: the statements of a change in `registers.service`, and a plain outbox row."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import orjson

_FIND = """
SELECT id, slug, data, stored_at, deleted_at, revision FROM records
WHERE type = $1 AND deleted_at IS NULL AND slug = $2
"""
_LOCK = "SELECT id, slug, data, stored_at, deleted_at, revision FROM records WHERE id = $1 FOR UPDATE"
_UPDATE = """
UPDATE records SET data = $2, revision = $3, deleted_at = NULL, stored_at = clock_timestamp()
WHERE id = $1 RETURNING id, slug, data, stored_at, deleted_at, revision
"""
_AUDIT = """
INSERT INTO audit (actor, action, record_type, record_id, salt, before_digest, after_digest)
VALUES ('somebody', 'change', $1, $2, '', $3, $4)
"""
_PUBLISH = "INSERT INTO outbox (topic, key, version, value) VALUES ($1, $2, $3, $4)"


async def change_record(connection: Any, kind: str, slug: str, summary: str, *, publishes: bool) -> None:
    """One change on a connection of asyncpg, in the caller's transaction."""
    found = await connection.fetchrow(_FIND, kind, slug)
    row = await connection.fetchrow(_LOCK, found["id"])
    document = orjson.loads(row["data"]) | {"summary": {"en": summary}}
    body = orjson.dumps(document)
    await connection.fetchrow(_UPDATE, row["id"], body.decode(), row["revision"] + 1)
    await connection.execute(_AUDIT, kind, str(row["id"]), _digest(row["data"].encode()), _digest(body))
    if publishes:
        value = orjson.dumps({"id": str(row["id"]), "slug": row["slug"], **document}).decode()
        topic, version = f"aep.registry.{kind}.v1", time.time_ns() // 1000
        await connection.execute(_PUBLISH, topic, str(row["id"]), version, value)


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=32).digest()
