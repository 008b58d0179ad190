"""Use cases of identity: inviting, signing in, staying signed in, tokens for programs."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.errors import NoSuchPerson, NoSuchToken, SessionEnded, SignInFailed
from aep_registry.identity import repository
from aep_registry.identity.keys import SigningKeys
from aep_registry.identity.schemas import Invitation, TokenRequest
from aep_shared import audit, mail, outbox
from aep_shared.auth import tokens
from aep_shared.auth.actor import Actor

ACCESS_SECONDS = 15 * 60
SESSION_DAYS = 30
SIGN_IN_MINUTES = 30
SIGN_INS_AN_HOUR = 5
_CODE_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Signer:
    """What it takes to issue a token."""

    keys: SigningKeys
    issuer: str


async def invite(session: AsyncSession, actor: Actor, given: Invitation) -> UUID:
    """Makes the person known and gives the role; inviting twice changes nothing."""
    actor.must(policies.manage_people)
    row = await repository.subject_by_email(session, given.email)
    subject_id = row.id if row else await repository.add_subject(session, given.email, given.name)
    await repository.add_grant(session, subject_id, given.grant(), actor.name)
    outbox.note(session, repository.SUBJECTS, subject_id)
    await audit.record(session, actor, "invite", "subject", subject_id, None, given.grant())
    return UUID(str(subject_id))


async def remove_role(session: AsyncSession, actor: Actor, email: str, role: str) -> None:
    """Takes a role away; it counts in every service within a second."""
    actor.must(policies.manage_people)
    row = await repository.subject_by_email(session, email)
    if row is None or not await repository.remove_grant(session, row.id, role):
        raise NoSuchPerson()
    outbox.note(session, repository.SUBJECTS, row.id)
    await audit.record(session, actor, "remove-role", "subject", row.id, {"role": role}, None)


async def request_sign_in(session: AsyncSession, email: str, site_url: str) -> None:
    """Mails a link and a code, if there is such a person; the caller answers the same in both cases."""
    row = await repository.subject_by_email(session, email)
    if row is None or await repository.recent_sign_ins(session, row.id) >= SIGN_INS_AN_HOUR:
        return
    link, code = await new_sign_in(session, row.id)
    await mail.queue(
        session,
        row.email,
        "Your sign-in link",
        f"Open this page to sign in:\n\n{site_url}/en/sign-in/{link}\n\n"
        f"Or enter this code on another device: {code}\n\n"
        f"Both work once, for {SIGN_IN_MINUTES} minutes. If you did not ask for them, ignore this mail.\n",
    )


async def new_sign_in(session: AsyncSession, subject_id: UUID) -> tuple[str, str]:
    """A one-time link secret and a code for the subject; only their hashes are kept."""
    link = secrets.token_urlsafe(32)
    code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(10))
    await repository.add_sign_in(session, subject_id, _hash(link), _hash(code), SIGN_IN_MINUTES)
    return link, code


async def redeem(session: AsyncSession, signer: Signer, code: str) -> dict[str, Any]:
    """Opens a session for a link secret or a code.

    Raises `SignInFailed`.
    """
    cleaned = code.strip()
    cleaned = cleaned if len(cleaned) > 20 else cleaned.upper().replace("-", "").replace(" ", "")
    subject_id = await repository.use_sign_in(session, _hash(cleaned))
    if subject_id is None:
        raise SignInFailed()
    secret = secrets.token_urlsafe(32)
    await repository.add_session(session, subject_id, _hash(secret), SESSION_DAYS)
    return await _access(session, signer, subject_id, secret)


async def renew(session: AsyncSession, signer: Signer, secret: str) -> dict[str, Any]:
    """A new access token and a new secret; a tab that comes a moment later gets a token and no secret.

    Raises `SessionEnded`.
    """
    fresh = secrets.token_urlsafe(32)
    subject_id = await repository.rotate_session(session, _hash(secret), _hash(fresh))
    if subject_id is not None:
        return await _access(session, signer, subject_id, fresh)
    subject_id = await repository.session_by_previous(session, _hash(secret))
    if subject_id is None:
        raise SessionEnded()
    return await _access(session, signer, subject_id, None)


async def create_token(session: AsyncSession, actor: Actor, signer: Signer, given: TokenRequest) -> dict[str, Any]:
    """A token for a program that acts for a person, limited to roles where scopes are given.

    Raises `NoSuchPerson`.
    """
    actor.must(policies.manage_people)
    row = await repository.subject_by_email(session, given.email)
    if row is None:
        raise NoSuchPerson()
    token_id, scopes = secrets.token_urlsafe(12), [str(scope) for scope in given.scopes] or None
    expires = await repository.add_token(session, token_id, row.id, scopes, given.expires_days)
    await audit.record(session, actor, "create-token", "token", token_id, None, {"subject": str(row.id)})
    token = tokens.sign(signer.keys.signing(), signer.issuer, row.id, token_id, row.event_version,
                        given.expires_days * 86400, scopes)  # fmt: skip
    return {"id": token_id, "token": token, "expires_at": expires.isoformat()}


async def revoke_token(session: AsyncSession, actor: Actor, token_id: str) -> None:
    """Ends a token everywhere.

    Raises `NoSuchToken`.
    """
    actor.must(policies.manage_people)
    subject_id = await repository.revoke_token(session, token_id)
    if subject_id is None:
        raise NoSuchToken()
    outbox.note(session, repository.SUBJECTS, subject_id)
    await audit.record(session, actor, "revoke-token", "token", token_id)


async def _access(session: AsyncSession, signer: Signer, subject_id: UUID, secret: str | None) -> dict[str, Any]:
    row = await repository.subject(session, subject_id)
    if row is None:
        raise SignInFailed()
    token = tokens.sign(signer.keys.signing(), signer.issuer, row.id, secrets.token_urlsafe(12),
                        row.event_version, ACCESS_SECONDS)  # fmt: skip
    return {"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS, "secret": secret}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
