"""All SQL about requests to sign in, one-time secrets and sessions; of every secret only the hash is known here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from secrets import compare_digest
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from aep_registry.identity.models import ApiToken, SignIn, SignInRequest, SignInSession, UsedSecret
from aep_shared.database.tables import UNSEEN, database_now
from aep_shared.service.attempts import is_open

JOB = "sign-in"
# An access token is valid for a quarter of an hour; what ran out by itself was never told to anybody.
_SESSIONS_KEPT, _TOKENS_KEPT = timedelta(hours=1), timedelta(days=30)


async def next_request(session: AsyncSession, lease: float) -> UUID | None:
    """Takes the next request for `lease` seconds; its id."""
    free = or_(col(SignInRequest.taken_until).is_(None), col(SignInRequest.taken_until) < database_now())
    request = await session.scalar(
        select(SignInRequest)
        .where(free, text(is_open(JOB, "CAST(sign_in_requests.id AS text)")))
        .order_by(col(SignInRequest.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if request is None:
        return None
    request.taken_until = database_now() + timedelta(seconds=lease)
    return request.id


async def use_request(session: AsyncSession, request: UUID) -> str | None:
    """Removes a request; the address, or `None` where it was answered meanwhile."""
    used = delete(SignInRequest).where(col(SignInRequest.id) == request).returning(col(SignInRequest.email))
    found: str | None = await session.scalar(used, execution_options=UNSEEN)
    return found


async def recent_sign_ins(session: AsyncSession, subject_id: UUID) -> int:
    """How many links and codes the subject got within the last hour."""
    lately = col(SignIn.created_at) > database_now() - timedelta(hours=1)
    counted = select(func.count()).select_from(SignIn).where(col(SignIn.subject) == subject_id, lately)
    return int(await session.scalar(counted) or 0)


async def use_link(session: AsyncSession, link: bytes) -> UUID | None:
    """Uses up the sign-in with this hash of a link; whose it was."""
    found = await session.scalar(_usable(col(SignIn.link_hash) == link))
    if found is None:
        return None
    found.used_at = database_now()
    return found.subject


async def use_code(session: AsyncSession, lookup: str, code: bytes, most: int) -> UUID | None:
    """Uses up the sign-in that these parts of a code are of; whose it was.

    A wrong secret part counts as an attempt, which the caller must commit; after `most` no code is right any more.
    """
    found = None
    for sign_in in await session.scalars(_usable(col(SignIn.code_lookup) == lookup, col(SignIn.attempts) < most)):
        if compare_digest(sign_in.code_hash, code):
            sign_in.used_at = database_now()
            found = sign_in.subject
        else:
            sign_in.attempts += 1
    return found


def _usable(*which: ColumnElement[bool]) -> Select[SignIn]:
    """Sign-ins that were not used and are not over, locked: each works once, whoever comes at the same time."""
    fresh = (col(SignIn.used_at).is_(None), col(SignIn.expires_at) > database_now())
    return select(SignIn).where(*which, *fresh).with_for_update()


async def rotate(session: AsyncSession, secret: bytes, fresh: bytes) -> SignInSession | None:
    """Replaces the present secret and keeps it as used; `None` where it is not the present one."""
    found = await session.scalar(_open(col(SignInSession.secret_hash) == secret))
    if found is None:
        return None
    found.secret_hash, found.rotated_at = fresh, database_now()
    session.add(UsedSecret(secret_hash=secret, session=found.id))
    return found


async def by_used_secret(session: AsyncSession, secret: bytes, grace: float) -> tuple[SignInSession, bool] | None:
    """The open session that once had this secret, locked, and whether it had it within `grace` seconds."""
    recent = col(UsedSecret.used_at) > database_now() - timedelta(seconds=grace)
    had = col(UsedSecret.session) == col(SignInSession.id)
    once = _open(col(UsedSecret.secret_hash) == secret).join(UsedSecret, had).add_columns(recent)
    row = (await session.execute(once)).one_or_none()
    return None if row is None else (row[0], row[1])


async def by_any_secret(session: AsyncSession, secret: bytes) -> SignInSession | None:
    """The open session that has or had this secret, locked."""
    once = select(col(UsedSecret.session)).where(col(UsedSecret.secret_hash) == secret).scalar_subquery()
    found: SignInSession | None = await session.scalar(
        _open(or_(col(SignInSession.secret_hash) == secret, col(SignInSession.id) == once))
    )
    return found


def _open(*which: ColumnElement[bool]) -> Select[SignInSession]:
    going = (col(SignInSession.ended_at).is_(None), col(SignInSession.expires_at) > database_now())
    return select(SignInSession).where(*which, *going).with_for_update(of=SignInSession)


async def end_all(session: AsyncSession, subject_id: UUID) -> None:
    """Ends the sessions of a subject, and the links and codes that would open another."""
    going = update(SignInSession).where(col(SignInSession.subject) == subject_id, col(SignInSession.ended_at).is_(None))
    await session.execute(going.values(ended_at=database_now()), execution_options=UNSEEN)
    unused = update(SignIn).where(col(SignIn.subject) == subject_id, col(SignIn.used_at).is_(None))
    await session.execute(unused.values(used_at=database_now()), execution_options=UNSEEN)


async def forget(session: AsyncSession) -> Sequence[UUID]:
    """Removes what ended long enough ago that no token of it is valid; the subjects whose state says so."""
    over = func.least(col(SignInSession.expires_at), col(SignInSession.ended_at)) < database_now() - _SESSIONS_KEPT
    ended = delete(SignInSession).where(over).returning(col(SignInSession.subject), col(SignInSession.ended_at))
    past = col(ApiToken.expires_at) < database_now() - _TOKENS_KEPT
    revoked = delete(ApiToken).where(past).returning(col(ApiToken.subject), col(ApiToken.revoked_at))
    gone = [await session.execute(removed, execution_options=UNSEEN) for removed in (ended, revoked)]
    return sorted({subject for rows in gone for subject, told in rows if told is not None})


FORGETS = (
    "DELETE FROM sign_ins WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM sign_in_requests WHERE requested_at < clock_timestamp() - interval '1 hour'",
)
"""What is over and need not be known any more."""
