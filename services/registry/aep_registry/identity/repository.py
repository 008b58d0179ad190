"""All SQL about subjects, roles, sign-ins, sessions and tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, column, table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.auth.authenticator import HEARTBEATS
from aep_shared.contracts.topics import SUBJECT
from aep_shared.ids import new_id
from aep_shared.outbox import Aggregate


async def read_states(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """What other services may know of subjects: rights and ended tokens, nothing personal."""
    rows = await connection.execute(_STATES, {"ids": list(ids)})
    return {row.id: {"id": row.id, "not_before": row.not_before, "grants": row.grants, "ended_tokens": row.ended}
            for row in rows}  # fmt: skip


SUBJECTS = Aggregate(
    SUBJECT,
    table("subjects", column("id", Uuid), column("event_version")),
    read_states,
    rootless=frozenset(str(key) for key in HEARTBEATS),
)


async def subject_by_email(session: AsyncSession, email: str) -> Row[Any] | None:
    """The subject with this address, locked until the transaction ends."""
    return (await session.execute(_BY_EMAIL, {"email": email})).one_or_none()


async def subject(session: AsyncSession, subject_id: UUID) -> Row[Any] | None:
    return (await session.execute(_BY_ID, {"id": subject_id})).one_or_none()


async def add_subject(session: AsyncSession, email: str | None, name: str | None) -> UUID:
    subject_id = new_id()
    await session.execute(_ADD, {"id": subject_id, "email": email, "name": name})
    return subject_id


async def add_grant(session: AsyncSession, subject_id: UUID, grant: Mapping[str, Any], by: str) -> None:
    await session.execute(_GRANT, {"subject": subject_id, "by": by, "until": None, **grant})


async def remove_grant(session: AsyncSession, subject_id: UUID, role: str) -> int:
    removed = await session.execute(_REMOVE_GRANT, {"id": subject_id, "role": role})
    return len(removed.all())


async def people(session: AsyncSession) -> Sequence[Row[Any]]:
    return (await session.execute(_PEOPLE)).all()


async def recent_sign_ins(session: AsyncSession, subject_id: UUID) -> int:
    return int(await session.scalar(_RECENT, {"id": subject_id}) or 0)


async def add_sign_in(session: AsyncSession, subject_id: UUID, link: bytes, code: bytes, minutes: int) -> None:
    await session.execute(_ADD_SIGN_IN, {"id": subject_id, "link": link, "code": code, "minutes": minutes})


async def use_sign_in(session: AsyncSession, secret: bytes) -> UUID | None:
    """Uses up the sign-in with this hash of a link or a code; whose it was."""
    found: UUID | None = await session.scalar(_USE_SIGN_IN, {"secret": secret})
    return found


async def add_session(session: AsyncSession, subject_id: UUID, secret: bytes, days: int) -> None:
    await session.execute(_ADD_SESSION, {"id": subject_id, "secret": secret, "days": days})


async def rotate_session(session: AsyncSession, secret: bytes, fresh: bytes) -> UUID | None:
    """Replaces the secret; `None` where it is not the present one."""
    found: UUID | None = await session.scalar(_ROTATE, {"secret": secret, "fresh": fresh})
    return found


async def session_by_previous(session: AsyncSession, secret: bytes) -> UUID | None:
    """Whose session had this secret until a minute ago: parallel tabs renew at the same time."""
    found: UUID | None = await session.scalar(_PREVIOUS, {"secret": secret})
    return found


async def end_session(session: AsyncSession, secret: bytes) -> None:
    await session.execute(_END_SESSION, {"secret": secret})


async def add_token(
    session: AsyncSession, token_id: str, subject_id: UUID, scopes: list[str] | None, days: int
) -> datetime:
    arguments = {"id": token_id, "subject": subject_id, "scopes": scopes, "days": days}
    expires: datetime = (await session.execute(_ADD_TOKEN, arguments)).scalar_one()
    return expires


async def tokens(session: AsyncSession) -> Sequence[Row[Any]]:
    return (await session.execute(_TOKENS)).all()


async def revoke_token(session: AsyncSession, token_id: str) -> UUID | None:
    found: UUID | None = await session.scalar(_REVOKE, {"id": token_id})
    return found


async def beat(connection: AsyncConnection, keys: Sequence[UUID]) -> None:
    """Writes a heartbeat for each partition of the subject topic, behind every change that is committed by now."""
    await connection.execute(_BEAT, {"topic": SUBJECT.name, "keys": [str(key) for key in keys]})


_STATES = text("""
SELECT s.id, s.not_before,
    coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'initiative', g.initiative, 'partner', g.partner,
                                                  'group', g."group", 'until', g.until) ORDER BY g.id)
              FROM grants g WHERE g.subject = s.id), '[]') AS grants,
    coalesce((SELECT jsonb_agg(t.id ORDER BY t.id) FROM api_tokens t
              WHERE t.subject = s.id AND t.revoked_at IS NOT NULL AND t.expires_at > clock_timestamp()), '[]') AS ended
FROM subjects s WHERE s.id = ANY (:ids) AND s.deleted_at IS NULL
""").bindparams(bindparam("ids", expanding=False))
_BY_EMAIL = text("SELECT * FROM subjects WHERE lower(email) = lower(:email) AND deleted_at IS NULL FOR UPDATE")
_BY_ID = text("SELECT * FROM subjects WHERE id = :id AND deleted_at IS NULL FOR UPDATE")
_ADD = text("INSERT INTO subjects (id, email, name) VALUES (:id, :email, :name)")
_GRANT = text("""
INSERT INTO grants (subject, role, initiative, partner, "group", until, granted_by)
VALUES (:subject, :role, :initiative, :partner, :group, :until, :by) ON CONFLICT DO NOTHING
""")
_REMOVE_GRANT = text("DELETE FROM grants WHERE subject = :id AND role = :role RETURNING id")
_PEOPLE = text("""
SELECT s.id, s.email, s.name,
    coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', g.role, 'initiative', g.initiative,
        'partner', g.partner, 'group', g."group", 'until', g.until)) ORDER BY g.id) FILTER (WHERE g.id IS NOT NULL),
        '[]') AS grants
FROM subjects s LEFT JOIN grants g ON g.subject = s.id
WHERE s.deleted_at IS NULL GROUP BY s.id ORDER BY s.email
""")
_RECENT = text(
    "SELECT count(*) FROM sign_ins WHERE subject = :id AND created_at > clock_timestamp() - interval '1 hour'"
)
_ADD_SIGN_IN = text("""
INSERT INTO sign_ins (link_hash, code_hash, subject, expires_at)
VALUES (:link, :code, :id, clock_timestamp() + make_interval(mins => :minutes))
""")
_USE_SIGN_IN = text("""
UPDATE sign_ins SET used_at = clock_timestamp()
WHERE (link_hash = :secret OR code_hash = :secret) AND used_at IS NULL AND expires_at > clock_timestamp()
RETURNING subject
""")
_ADD_SESSION = text("""
INSERT INTO sessions (subject, secret_hash, expires_at)
VALUES (:id, :secret, clock_timestamp() + make_interval(days => :days))
""")
_ROTATE = text("""
UPDATE sessions SET secret_hash = :fresh, previous_hash = :secret, rotated_at = clock_timestamp()
WHERE secret_hash = :secret AND ended_at IS NULL AND expires_at > clock_timestamp() RETURNING subject
""")
_PREVIOUS = text("""
SELECT subject FROM sessions WHERE previous_hash = :secret AND ended_at IS NULL AND expires_at > clock_timestamp()
  AND rotated_at > clock_timestamp() - interval '1 minute'
""")
_END_SESSION = text("""
UPDATE sessions SET ended_at = clock_timestamp() WHERE secret_hash = :secret OR previous_hash = :secret
""")
_ADD_TOKEN = text("""
INSERT INTO api_tokens (id, subject, scopes, expires_at)
VALUES (:id, :subject, :scopes, clock_timestamp() + make_interval(days => :days)) RETURNING expires_at
""")
_TOKENS = text("""
SELECT t.id, s.email, t.scopes, t.created_at, t.expires_at, t.revoked_at
FROM api_tokens t JOIN subjects s ON s.id = t.subject ORDER BY t.created_at
""")
_REVOKE = text("""
UPDATE api_tokens SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = :id RETURNING subject
""")
_BEAT = text("""
INSERT INTO outbox (topic, key, version, value)
SELECT :topic, key, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
       jsonb_build_object('id', key, 'heartbeat', clock_timestamp())::text
FROM unnest(CAST(:keys AS text[])) AS beat (key)
""")

FORGETS = (
    "DELETE FROM sign_ins WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM sessions WHERE least(expires_at, ended_at) < clock_timestamp() - interval '1 day'",
    "DELETE FROM api_tokens WHERE expires_at < clock_timestamp() - interval '30 days'",
)
"""What is over and need not be known any more."""
