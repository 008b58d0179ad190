"""All SQL about subjects, roles and tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from aep_registry.identity.models import ApiToken, RoleGrant, SignIn, SignInRequest, Subject
from aep_shared.access.rights import HEARTBEATS, Known
from aep_shared.contracts.registry import Grant
from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import AHEAD_MICROSECONDS, SUBJECT
from aep_shared.database import Database
from aep_shared.database.tables import UNSEEN, database_now, table_of
from aep_shared.flow.outbox import Aggregate


async def read_states(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, StoredState]:
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
    table_of(Subject),
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
            version = await session.scalar(select(col(Subject.event_version)).where(col(Subject.id) == subject))
            states = await read_states(await session.connection(), [subject])
        return Known(_NEWEST if version is None else version, states.get(subject))


async def rename_in_grants(session: AsyncSession, record_type: str, old: str, new: str) -> Sequence[UUID]:
    """Lets the roles for a record follow its new slug; the subjects that have them."""
    names = table_of(RoleGrant).c[record_type]
    renamed = update(RoleGrant).where(names == old).values({record_type: new})
    return (await session.scalars(renamed.returning(col(RoleGrant.subject)), execution_options=UNSEEN)).all()


async def subject_by_email(session: AsyncSession, email: str) -> Subject | None:
    """The subject with this address, locked until the transaction ends.

    The database folds both sides: it knows other pairs of small and capital letters than Python does.
    """
    return await _subject(session, func.lower(col(Subject.email)) == func.lower(email))


async def subject(session: AsyncSession, subject_id: UUID) -> Subject | None:
    """The subject with this id, locked likewise."""
    return await _subject(session, col(Subject.id) == subject_id)


async def _subject(session: AsyncSession, which: ColumnElement[bool]) -> Subject | None:
    wanted = select(Subject).where(which, col(Subject.deleted_at).is_(None)).with_for_update()
    return (await session.scalars(wanted)).one_or_none()


async def give(session: AsyncSession, subject_id: UUID, grant: Grant, by: str) -> None:
    """Gives a role to a subject that is locked or new; where it has the role already, the end is moved."""
    same = [col(RoleGrant.subject) == subject_id, col(RoleGrant.role) == grant.role]
    same += [table_of(RoleGrant).c[name].is_not_distinct_from(getattr(grant, name)) for name in GRANTED_FOR]
    held = (await session.scalars(select(RoleGrant).where(*same))).one_or_none()
    if held is None:
        session.add(RoleGrant(subject=subject_id, granted_by=by, **dict(grant)))
        return
    held.until, held.granted_by, held.granted_at = grant.until, by, database_now()


async def take(session: AsyncSession, subject_id: UUID, role: str) -> bool:
    """Takes a role away, for whichever records; whether the subject had it."""
    taken = delete(RoleGrant).where(col(RoleGrant.subject) == subject_id, col(RoleGrant.role) == role)
    return bool((await session.scalars(taken.returning(col(RoleGrant.id)), execution_options=UNSEEN)).all())


async def people(session: AsyncSession) -> Iterator[tuple[Subject, list[Grant]]]:
    """Everybody with the roles that they have, by address."""
    everybody = (
        select(Subject, RoleGrant)
        .outerjoin(RoleGrant, col(RoleGrant.subject) == col(Subject.id))
        .where(col(Subject.deleted_at).is_(None))
        .order_by(col(Subject.email), col(Subject.id), col(RoleGrant.id))
    )
    rows = await session.execute(everybody)
    by_subject = groupby(rows, key=itemgetter(0))
    return ((person, [held.grant for _, held in of_person if held]) for person, of_person in by_subject)


async def roles(session: AsyncSession, subject_id: UUID) -> Sequence[str]:
    return (await session.scalars(select(col(RoleGrant.role)).where(col(RoleGrant.subject) == subject_id))).all()


async def end_tokens(session: AsyncSession, ended: Subject) -> None:
    """Ends every token of a subject, those included that were signed without a row here."""
    theirs = update(ApiToken).where(col(ApiToken.subject) == ended.id, col(ApiToken.revoked_at).is_(None))
    await session.execute(theirs.values(revoked_at=database_now()), execution_options=UNSEEN)
    # By the clock that tokens are signed with, and to the second, as they are.
    ended.not_before = datetime.now(UTC).replace(microsecond=0)


async def erase(session: AsyncSession, erased: Subject) -> None:
    """Leaves nothing of a subject but its id, which stands in what it wrote and in the audit."""
    await session.execute(delete(RoleGrant).where(col(RoleGrant.subject) == erased.id), execution_options=UNSEEN)
    await session.execute(delete(SignIn).where(col(SignIn.subject) == erased.id), execution_options=UNSEEN)
    if erased.email is not None:
        asked = delete(SignInRequest).where(func.lower(col(SignInRequest.email)) == func.lower(erased.email))
        await session.execute(asked, execution_options=UNSEEN)
        await session.execute(_ERASE_MAILS, {"email": erased.email})
    erased.deleted_at, erased.email, erased.name = database_now(), None, None


async def tokens(session: AsyncSession, owner: UUID | None) -> Sequence[tuple[ApiToken, str | None]]:
    """The tokens of one subject, or of all, each with the address of whose it is."""
    known = select(ApiToken, col(Subject.email)).join(Subject, col(Subject.id) == col(ApiToken.subject))
    if owner is not None:
        known = known.where(col(ApiToken.subject) == owner)
    return (await session.execute(known.order_by(col(ApiToken.created_at)))).all()


async def revoke_token(session: AsyncSession, token_id: str, owner: UUID | None) -> UUID | None:
    """Ends a token of `owner`, or anybody's; whose it was."""
    ended = update(ApiToken).where(col(ApiToken.id) == token_id)
    if owner is not None:
        ended = ended.where(col(ApiToken.subject) == owner)
    ended = ended.values(revoked_at=func.coalesce(col(ApiToken.revoked_at), database_now()))
    found: UUID | None = await session.scalar(ended.returning(col(ApiToken.subject)), execution_options=UNSEEN)
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
_ERASE_MAILS = text("DELETE FROM mails WHERE lower(recipient) = lower(:email)")
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
