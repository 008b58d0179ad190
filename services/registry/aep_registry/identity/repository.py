"""All SQL about subjects, roles and tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, column, table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.access.rights import HEARTBEATS, Known
from aep_shared.contracts.topics import AHEAD_MICROSECONDS, SUBJECT
from aep_shared.database import Database
from aep_shared.flow.outbox import Aggregate
from aep_shared.ids import new_id


async def read_states(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """What other services may know of subjects: rights, ended tokens and sessions, nothing personal.

    It changes with the tables only and not with the time, so what was published stays true until it is published anew.
    """
    rows = await connection.execute(_STATES, {"ids": list(ids)})
    return {
        row.id: {"id": row.id, "not_before": row.not_before, "grants": row.grants, "ended_tokens": row.ended}
        for row in rows
    }


SUBJECTS = Aggregate(
    SUBJECT,
    table("subjects", column("id", Uuid), column("event_version")),
    read_states,
    rootless=frozenset(str(key) for key in HEARTBEATS),
)


class OwnRights:
    """The registry decides by its own tables: what stands on its topic is for others, and proves nothing to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, subject: UUID) -> Known:
        """What the tables say; of a subject that they do not have, that it was removed."""
        async with self._database.reading() as session:
            version = await session.scalar(_VERSION, {"id": subject})
            states = await read_states(await session.connection(), [subject])
        return Known(_NEWEST if version is None else version, states.get(subject))


async def rename_in_grants(session: AsyncSession, record_type: str, old: str, new: str) -> Sequence[UUID]:
    """Lets the roles for a record follow its new slug; the subjects that have them."""
    return (await session.scalars(_RENAME[record_type], {"old": old, "new": new})).all()


async def subject_by_email(session: AsyncSession, email: str) -> Row[Any] | None:
    """The subject with this address, locked until the transaction ends."""
    return (await session.execute(_BY_EMAIL, {"email": email})).one_or_none()


async def subject(session: AsyncSession, subject_id: UUID) -> Row[Any] | None:
    return (await session.execute(_BY_ID, {"id": subject_id})).one_or_none()


async def add_subject(
    session: AsyncSession, email: str | None, name: str | None, *, kind: str = "person", subject_id: UUID | None = None
) -> UUID:
    made = subject_id or new_id()
    await session.execute(_ADD, {"id": made, "email": email, "name": name, "kind": kind})
    return made


async def add_grant(session: AsyncSession, subject_id: UUID, grant: Mapping[str, Any], by: str) -> None:
    """Gives a role; where the subject has it already, the end is moved."""
    await session.execute(_GRANT, {"subject": subject_id, "by": by, "until": None, **grant})


async def remove_grant(session: AsyncSession, subject_id: UUID, role: str) -> int:
    removed = await session.execute(_REMOVE_GRANT, {"id": subject_id, "role": role})
    return len(removed.all())


async def people(session: AsyncSession) -> Sequence[Row[Any]]:
    return (await session.execute(_PEOPLE)).all()


async def roles(session: AsyncSession, subject_id: UUID) -> list[str]:
    return list(await session.scalars(_ROLES, {"id": subject_id}))


async def end_tokens(session: AsyncSession, subject_id: UUID) -> None:
    """Ends every token of a subject, those included that were signed without a row here."""
    await session.execute(_END_TOKENS, {"id": subject_id})
    # By the clock that tokens are signed with, and to the second, as they are.
    await session.execute(_NOT_BEFORE, {"id": subject_id, "moment": datetime.now(UTC).replace(microsecond=0)})


async def erase(session: AsyncSession, subject_id: UUID, email: str | None) -> None:
    """Leaves nothing of a subject but its id, which stands in what it wrote and in the audit."""
    for statement in _ERASE:
        await session.execute(statement, {"id": subject_id, "email": email})


async def add_token(
    session: AsyncSession, token_id: str, subject_id: UUID, scopes: list[str] | None, days: int
) -> datetime:
    arguments = {"id": token_id, "subject": subject_id, "scopes": scopes, "days": days}
    expires: datetime = (await session.execute(_ADD_TOKEN, arguments)).scalar_one()
    return expires


async def tokens(session: AsyncSession, owner: UUID | None) -> Sequence[Row[Any]]:
    """The tokens of one subject, or of all."""
    return (await session.execute(_TOKENS, {"owner": owner})).all()


async def revoke_token(session: AsyncSession, token_id: str, owner: UUID | None) -> UUID | None:
    """Ends a token of `owner`, or anybody's; whose it was."""
    found: UUID | None = await session.scalar(_REVOKE, {"id": token_id, "owner": owner})
    return found


async def beat(connection: AsyncConnection, keys: Sequence[UUID]) -> None:
    """Writes a heartbeat for each partition of the subject topic, behind every change that is committed by now.

    Its version rises whatever the clock does; only what a clock far ahead said, which every reader refused, is left.
    """
    # The outbox is written to when nothing is waited for any more.
    arguments = {"keys": sorted(str(key) for key in keys), "ahead": AHEAD_MICROSECONDS}
    beats = (await connection.execute(_BEAT, arguments)).all()
    await connection.execute(
        _PUBLISH_BEATS,
        {"topic": SUBJECT.name, "keys": [str(b.key) for b in beats], "versions": [b.version for b in beats]},
    )


_NEWEST = 2**63 - 1
_VERSION = text("SELECT event_version FROM subjects WHERE id = :id")
_STATES = text("""
SELECT s.id, s.not_before,
    coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'initiative', g.initiative, 'partner', g.partner,
                                                  'group', g."group", 'until', g.until) ORDER BY g.id)
              FROM grants g WHERE g.subject = s.id), '[]') AS grants,
    coalesce((SELECT jsonb_agg(ended.id ORDER BY ended.id)
              FROM (SELECT t.id FROM api_tokens t WHERE t.subject = s.id AND t.revoked_at IS NOT NULL
                    UNION ALL
                    SELECT o.id::text FROM sessions o WHERE o.subject = s.id AND o.ended_at IS NOT NULL) AS ended),
             '[]') AS ended
FROM subjects s WHERE s.id = ANY (:ids) AND s.deleted_at IS NULL
""").bindparams(bindparam("ids", expanding=False))
GRANTED_FOR = ("initiative", "partner", "group")
"""The types of records that a role may be for."""
_RENAME = {
    name: text(f'UPDATE grants SET "{name}" = :new WHERE "{name}" = :old RETURNING subject') for name in GRANTED_FOR
}
_BY_EMAIL = text("SELECT * FROM subjects WHERE lower(email) = lower(:email) AND deleted_at IS NULL FOR UPDATE")
_BY_ID = text("SELECT * FROM subjects WHERE id = :id AND deleted_at IS NULL FOR UPDATE")
_ADD = text("INSERT INTO subjects (id, email, name, kind) VALUES (:id, :email, :name, :kind)")
_GRANT = text("""
INSERT INTO grants (subject, role, initiative, partner, "group", until, granted_by)
VALUES (:subject, :role, :initiative, :partner, :group, :until, :by)
ON CONFLICT (subject, role, coalesce(initiative, ''), coalesce(partner, ''), coalesce("group", ''))
DO UPDATE SET until = excluded.until, granted_by = excluded.granted_by, granted_at = clock_timestamp()
""")
_REMOVE_GRANT = text("DELETE FROM grants WHERE subject = :id AND role = :role RETURNING id")
_PEOPLE = text("""
SELECT s.id, s.kind, s.email, s.name,
    coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', g.role, 'initiative', g.initiative,
        'partner', g.partner, 'group', g."group", 'until', g.until)) ORDER BY g.id) FILTER (WHERE g.id IS NOT NULL),
        '[]') AS grants
FROM subjects s LEFT JOIN grants g ON g.subject = s.id
WHERE s.deleted_at IS NULL GROUP BY s.id ORDER BY s.email
""")
_ROLES = text("SELECT role FROM grants WHERE subject = :id")
_END_TOKENS = text("UPDATE api_tokens SET revoked_at = clock_timestamp() WHERE subject = :id AND revoked_at IS NULL")
_NOT_BEFORE = text("UPDATE subjects SET not_before = :moment WHERE id = :id")
_ERASE = (
    text("DELETE FROM grants WHERE subject = :id"),
    text("DELETE FROM sign_ins WHERE subject = :id"),
    text("DELETE FROM sign_in_requests WHERE lower(email) = lower(CAST(:email AS text))"),
    text("DELETE FROM mails WHERE lower(recipient) = lower(CAST(:email AS text))"),
    text("UPDATE subjects SET deleted_at = clock_timestamp(), email = NULL, name = NULL WHERE id = :id"),
)
_ADD_TOKEN = text("""
INSERT INTO api_tokens (id, subject, scopes, expires_at)
VALUES (:id, :subject, :scopes, clock_timestamp() + make_interval(days => :days)) RETURNING expires_at
""")
_TOKENS = text("""
SELECT t.id, s.email, t.scopes, t.created_at, t.expires_at, t.revoked_at
FROM api_tokens t JOIN subjects s ON s.id = t.subject
WHERE CAST(:owner AS uuid) IS NULL OR t.subject = :owner ORDER BY t.created_at
""")
_REVOKE = text("""
UPDATE api_tokens SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE id = :id AND (CAST(:owner AS uuid) IS NULL OR subject = :owner) RETURNING subject
""")
_BEAT = text("""
INSERT INTO heartbeats AS known (key, version)
SELECT key::uuid, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM unnest(CAST(:keys AS text[])) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET version = CASE WHEN known.version > excluded.version + :ahead THEN excluded.version
                                               ELSE greatest(known.version + 1, excluded.version) END
RETURNING key, version
""")
_PUBLISH_BEATS = text("""
INSERT INTO outbox (topic, key, version, value)
SELECT :topic, key, version, jsonb_build_object('id', key, 'heartbeat', clock_timestamp())::text
FROM unnest(CAST(:keys AS text[]), CAST(:versions AS bigint[])) AS beat (key, version)
""")
