"""Use cases of sessions: signing in, staying signed in, signing out here and everywhere.

A renewal secret works once. One that comes again later was stolen, or
the thief has used it first: both lose the session, and the person is told.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.errors import SessionEnded, SignInFailed
from aep_registry.identity import repository, session_repository
from aep_registry.identity.keys import SigningKeys
from aep_registry.identity.models import SignIn, SignInSession, Subject
from aep_registry.identity.schemas import Access
from aep_shared import mail
from aep_shared.access import audit, tokens
from aep_shared.access.actor import Actor
from aep_shared.database import Database
from aep_shared.database.tables import database_now
from aep_shared.flow import outbox

ACCESS_SECONDS = 15 * 60
SESSION_DAYS = 30
SIGN_IN_MINUTES = 30
GRACE_SECONDS = 60.0
"""How long a used renewal secret still gives an access token: tabs of one browser renew at the same time."""
_CODE_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_CODE_GROUP, _CODE_LENGTH = 4, 12
"""A code is typed in groups: the first finds the sign-in, the others are secret."""
MOST_GUESSES = 5
"""How many wrong codes a sign-in bears; after them only its link works, which nobody can guess."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What it takes to issue a token."""

    keys: SigningKeys
    issuer: str


async def new_sign_in(session: AsyncSession, subject_id: UUID) -> tuple[str, str]:
    """A one-time link secret and a code for the subject; only their hashes are kept."""
    link = secrets.token_urlsafe(32)
    code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH))
    lookup, secret = code[:_CODE_GROUP], code[_CODE_GROUP:]
    session.add(
        SignIn(
            link_hash=_hash(link),
            code_lookup=lookup,
            code_hash=_hash(secret),
            subject=subject_id,
            expires_at=database_now() + timedelta(minutes=SIGN_IN_MINUTES),
        )
    )
    groups = (code[start : start + _CODE_GROUP] for start in range(0, _CODE_LENGTH, _CODE_GROUP))
    return link, "-".join(groups)


async def redeem(session: AsyncSession, signer: Signer, code: str) -> Access | None:
    """Opens a session for a link secret or a code; `None` where it is none, which the caller must commit: it counts."""
    subject_id = await _redeemed(session, code)
    if subject_id is None:
        return None
    secret = secrets.token_urlsafe(32)
    # Before the row that refers to it: two sign-ins of one person would wait for each other.
    person = await _signing_in(session, subject_id)
    opened = SignInSession(
        subject=subject_id, secret_hash=_hash(secret), expires_at=database_now() + timedelta(days=SESSION_DAYS)
    )
    session.add(opened)
    await audit.record(session, Actor(subject_id), "sign-in", "session", opened.id)
    return _access(signer, person, opened, secret)


async def _redeemed(session: AsyncSession, given: str) -> UUID | None:
    typed = given.upper().replace("-", "").replace(" ", "")
    if len(typed) != _CODE_LENGTH:
        return await session_repository.use_link(session, _hash(given.strip()))
    lookup, secret = typed[:_CODE_GROUP], typed[_CODE_GROUP:]
    return await session_repository.use_code(session, lookup, _hash(secret), MOST_GUESSES)


async def renew(session: AsyncSession, signer: Signer, secret: str) -> Access | None:
    """A new access token and a new secret; a tab that comes a moment later gets a token and no secret.

    `None` where the secret was used long ago: the session is ended, which the caller must commit. Raises
    `SessionEnded` where there is nothing to end.
    """
    fresh = secrets.token_urlsafe(32)
    turned = await session_repository.rotate(session, _hash(secret), _hash(fresh))
    if turned is not None:
        return _access(signer, await _signing_in(session, turned.subject), turned, fresh)
    used = await session_repository.by_used_secret(session, _hash(secret), GRACE_SECONDS)
    if used is None:
        raise SessionEnded()
    known, recent = used
    if recent:
        return _access(signer, await _signing_in(session, known.subject), known, None)
    await _end_reused(session, known)
    return None


async def _end_reused(session: AsyncSession, reused: SignInSession) -> None:
    reused.ended_at = database_now()
    outbox.note(session, repository.SUBJECTS, reused.subject)
    await audit.record(session, "anonymous", "session-reused", "session", reused.id)
    person = await repository.subject(session, reused.subject)
    if person is not None and person.email:
        await mail.queue(
            session,
            person.email,
            "Your session was ended",
            "A key of one of your sessions was used a second time. Somebody may have copied it, so the session was\n"
            "ended on every device that had it. Sign in again to go on. If you do not know how this came about, press\n"
            "'Sign out everywhere' afterwards and tell the secretariat.\n",
        )


async def end(session: AsyncSession, secret: str) -> None:
    """Signs out: ends the session that has or had this secret, with its access tokens."""
    known = await session_repository.by_any_secret(session, _hash(secret))
    if known is not None:
        known.ended_at = database_now()
        outbox.note(session, repository.SUBJECTS, known.subject)
        await audit.record(session, Actor(known.subject), "sign-out", "session", known.id)


async def end_all(session: AsyncSession, actor: Actor) -> None:
    """Signs whoever asks out everywhere."""
    actor.must(policies.end_own_sessions)
    assert actor.subject is not None
    await session_repository.end_all(session, actor.subject)
    outbox.note(session, repository.SUBJECTS, actor.subject)
    await audit.record(session, actor, "sign-out-everywhere", "subject", actor.subject)


async def forget(database: Database) -> None:
    """Removes sessions and tokens that are over, and publishes the subjects whose state named them."""
    async with database.transaction() as session:
        for subject_id in await session_repository.forget(session):
            outbox.note(session, repository.SUBJECTS, subject_id)
        await outbox.publish(session)


async def _signing_in(session: AsyncSession, subject_id: UUID) -> Subject:
    """Whom a session is of, locked; raises `SignInFailed` where she or he was removed."""
    person = await repository.subject(session, subject_id)
    if person is None:
        raise SignInFailed()
    return person


def _access(signer: Signer, person: Subject, of: SignInSession, secret: str | None) -> Access:
    token = tokens.sign(
        signer.keys.signing(),
        signer.issuer,
        person.id,
        secrets.token_urlsafe(12),
        person.event_version,
        ACCESS_SECONDS,
        session=str(of.id),
    )
    return Access(access_token=token, expires_in=ACCESS_SECONDS, secret=secret)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
