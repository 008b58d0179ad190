"""All SQL about requests to sign in, one-time secrets and sessions; of every secret only the hash is known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.service.attempts import is_open

JOB = "sign-in"


async def add_request(session: AsyncSession, email: str) -> None:
    """Keeps that somebody with this address wants to sign in, whether anybody knows it or not."""
    await session.execute(_ADD_REQUEST, {"email": email})


async def next_request(session: AsyncSession, lease: float) -> UUID | None:
    """Takes the next request for `lease` seconds; its id."""
    found: UUID | None = await session.scalar(_NEXT_REQUEST, {"lease": lease})
    return found


async def use_request(session: AsyncSession, request: UUID) -> str | None:
    """Removes a request; the address, or `None` where it was answered meanwhile."""
    found: str | None = await session.scalar(_USE_REQUEST, {"id": request})
    return found


async def recent_sign_ins(session: AsyncSession, subject_id: UUID) -> int:
    return int(await session.scalar(_RECENT, {"id": subject_id}) or 0)


async def add_sign_in(
    session: AsyncSession, subject_id: UUID, link: bytes, lookup: str, code: bytes, minutes: int
) -> None:
    values = {"id": subject_id, "link": link, "lookup": lookup, "code": code, "minutes": minutes}
    await session.execute(_ADD_SIGN_IN, values)


async def use_link(session: AsyncSession, link: bytes) -> UUID | None:
    """Uses up the sign-in with this hash of a link; whose it was."""
    found: UUID | None = await session.scalar(_USE_LINK, {"link": link})
    return found


async def use_code(session: AsyncSession, lookup: str, code: bytes, most: int) -> UUID | None:
    """Uses up the sign-in that these parts of a code are of; whose it was.

    A wrong secret part counts as an attempt, which the caller must commit; after `most` no code is right any more.
    """
    rows = (await session.execute(_USE_CODE, {"lookup": lookup, "code": code, "most": most})).all()
    return next((row.subject for row in rows if row.used_at is not None), None)


async def add_session(session: AsyncSession, subject_id: UUID, secret: bytes, days: int) -> UUID:
    made: UUID = (await session.execute(_ADD_SESSION, {"id": subject_id, "secret": secret, "days": days})).scalar_one()
    return made


async def rotate(session: AsyncSession, secret: bytes, fresh: bytes) -> Row[Any] | None:
    """Replaces the present secret and keeps it as used: id and subject; `None` where it is not the present one."""
    return (await session.execute(_ROTATE, {"secret": secret, "fresh": fresh})).one_or_none()


async def by_used_secret(session: AsyncSession, secret: bytes, grace: float) -> Row[Any] | None:
    """The open session that once had this secret, locked: id, subject, and whether it was used a moment ago."""
    return (await session.execute(_BY_USED, {"secret": secret, "grace": grace})).one_or_none()


async def by_any_secret(session: AsyncSession, secret: bytes) -> Row[Any] | None:
    """The open session that has or had this secret: id and subject."""
    return (await session.execute(_BY_ANY, {"secret": secret})).one_or_none()


async def end(session: AsyncSession, session_id: UUID) -> None:
    await session.execute(_END, {"id": session_id})


async def end_all(session: AsyncSession, subject_id: UUID) -> None:
    """Ends the sessions of a subject, and the links and codes that would open another."""
    await session.execute(_END_ALL, {"id": subject_id})
    await session.execute(_VOID_SIGN_INS, {"id": subject_id})


async def forget(session: AsyncSession) -> Sequence[UUID]:
    """Removes what ended long enough ago that no token of it is valid; the subjects whose state says so."""
    ended = await session.execute(_FORGET_SESSIONS)
    revoked = await session.execute(_FORGET_TOKENS)
    return sorted({row.subject for row in (*ended, *revoked) if row.told})


_ADD_REQUEST = text("INSERT INTO sign_in_requests (email) VALUES (:email)")
_NEXT_REQUEST = text(f"""
UPDATE sign_in_requests SET taken_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id = (SELECT id FROM sign_in_requests
            WHERE (taken_until IS NULL OR taken_until < clock_timestamp()) AND {is_open(JOB, "CAST(id AS text)")}
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
""")
_USE_REQUEST = text("DELETE FROM sign_in_requests WHERE id = :id RETURNING email")
_RECENT = text(
    "SELECT count(*) FROM sign_ins WHERE subject = :id AND created_at > clock_timestamp() - interval '1 hour'"
)
_ADD_SIGN_IN = text("""
INSERT INTO sign_ins (link_hash, code_lookup, code_hash, subject, expires_at)
VALUES (:link, :lookup, :code, :id, clock_timestamp() + make_interval(mins => :minutes))
""")
_USE_LINK = text("""
UPDATE sign_ins SET used_at = clock_timestamp()
WHERE link_hash = :link AND used_at IS NULL AND expires_at > clock_timestamp()
RETURNING subject
""")
_USE_CODE = text("""
UPDATE sign_ins SET used_at = CASE WHEN code_hash = :code THEN clock_timestamp() END,
                    attempts = attempts + CASE WHEN code_hash = :code THEN 0 ELSE 1 END
WHERE code_lookup = :lookup AND used_at IS NULL AND expires_at > clock_timestamp() AND attempts < :most
RETURNING subject, used_at
""")
_VOID_SIGN_INS = text("UPDATE sign_ins SET used_at = clock_timestamp() WHERE subject = :id AND used_at IS NULL")
_ADD_SESSION = text("""
INSERT INTO sessions (subject, secret_hash, expires_at)
VALUES (:id, :secret, clock_timestamp() + make_interval(days => :days)) RETURNING id
""")
_OPEN = "s.ended_at IS NULL AND s.expires_at > clock_timestamp()"
_ROTATE = text(f"""
WITH turned AS (UPDATE sessions s SET secret_hash = :fresh, rotated_at = clock_timestamp()
                WHERE secret_hash = :secret AND {_OPEN} RETURNING id, subject),
     kept AS (INSERT INTO used_secrets (secret_hash, session) SELECT :secret, id FROM turned)
SELECT id, subject FROM turned
""")
_BY_USED = text(f"""
SELECT s.id, s.subject, u.used_at > clock_timestamp() - make_interval(secs => :grace) AS recent
FROM used_secrets u JOIN sessions s ON s.id = u.session WHERE u.secret_hash = :secret AND {_OPEN} FOR UPDATE OF s
""")
_BY_ANY = text(f"""
SELECT s.id, s.subject FROM sessions s
WHERE {_OPEN} AND (s.secret_hash = :secret OR s.id = (SELECT session FROM used_secrets WHERE secret_hash = :secret))
FOR UPDATE
""")
_END = text("UPDATE sessions SET ended_at = clock_timestamp() WHERE id = :id AND ended_at IS NULL")
_END_ALL = text("UPDATE sessions SET ended_at = clock_timestamp() WHERE subject = :id AND ended_at IS NULL")
# Access tokens are valid for a quarter of an hour; what ran out by itself was never told to anybody.
_FORGET_SESSIONS = text("""
DELETE FROM sessions WHERE least(expires_at, ended_at) < clock_timestamp() - interval '1 hour'
RETURNING subject, ended_at IS NOT NULL AS told
""")
_FORGET_TOKENS = text("""
DELETE FROM api_tokens WHERE expires_at < clock_timestamp() - interval '30 days'
RETURNING subject, revoked_at IS NOT NULL AS told
""")

FORGETS = (
    "DELETE FROM sign_ins WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM sign_in_requests WHERE requested_at < clock_timestamp() - interval '1 hour'",
)
"""What is over and need not be known any more."""
