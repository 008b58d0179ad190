"""Use cases of identity: inviting people, giving and taking roles, ending and removing people, tokens."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.errors import (
    NoSuchPerson,
    NoSuchRecord,
    NoSuchToken,
    NotAProgram,
    OwnRole,
    ProgramInOffice,
    ScopesExceeded,
    ScopesMissing,
    TokenOfAnother,
)
from aep_registry.identity import repository, session_repository
from aep_registry.identity.schemas import Invitation, NewToken, TokenRequest
from aep_registry.identity.sessions import Signer
from aep_registry.registers import kept_slug
from aep_shared.access import audit, tokens
from aep_shared.access.actor import Actor
from aep_shared.flow import outbox

_FOR_PEOPLE = ("officer", "deputy", "operator")


async def invite(session: AsyncSession, actor: Actor, given: Invitation) -> UUID:
    """Makes the person or program known and gives the role; inviting again moves the end of the role.

    Raises `OwnRole`, `NoSuchRecord`, `NotAProgram` and `ProgramInOffice`.
    """
    actor.must(policies.manage_people)
    row = await repository.subject_by_email(session, given.email)
    if row is not None and row.id == actor.subject:
        raise OwnRole()
    actor.must(policies.give_role, given.role, row.id if row else None)
    grant = {**given.grant(), **await _of_record(session, given)}
    subject_id = await _fitting(session, row, given)
    await repository.add_grant(session, subject_id, grant, actor.name)
    outbox.note(session, repository.SUBJECTS, subject_id)
    await audit.record(session, actor, "invite", "subject", subject_id, None, grant)
    return subject_id


async def _of_record(session: AsyncSession, given: Invitation) -> dict[str, str]:
    """The record that the role is for, by its present slug."""
    named = given.record()
    if named is None:
        return {}
    record_type, name = named
    slug = await kept_slug(session, record_type, name)
    if slug is None:
        raise NoSuchRecord(f"there is no {record_type} '{name}'")
    return {record_type: slug}


async def _fitting(session: AsyncSession, row: Row[Any] | None, given: Invitation) -> UUID:
    """The subject with this address, a new one where there is none; programs stay out of the office."""
    program = given.role == "api-client"
    if row is None:
        kind = "program" if program else "person"
        return await repository.add_subject(session, given.email, given.name, kind=kind)
    if program and row.kind != "program":
        raise NotAProgram()
    if row.kind == "program" and given.role in _FOR_PEOPLE:
        raise ProgramInOffice()
    return UUID(str(row.id))


async def remove_role(session: AsyncSession, actor: Actor, email: str, role: str) -> None:
    """Takes a role away; it counts in every service within a second."""
    row = await repository.subject_by_email(session, email)
    actor.must(policies.take_role, role, row.id if row else None)
    if row is None or not await repository.remove_grant(session, row.id, role):
        raise NoSuchPerson()
    outbox.note(session, repository.SUBJECTS, row.id)
    await audit.record(session, actor, "remove-role", "subject", row.id, {"role": role}, None)


async def end_person(session: AsyncSession, actor: Actor, subject_id: UUID) -> None:
    """Ends everything that signs a person or program in: sessions, tokens, and links that were not used yet.

    Raises `NoSuchPerson`.
    """
    actor.must(policies.manage_people)
    if await repository.subject(session, subject_id) is None:
        raise NoSuchPerson()
    await _end_everything(session, subject_id)
    await audit.record(session, actor, "end", "subject", subject_id)


async def remove_person(session: AsyncSession, actor: Actor, subject_id: UUID) -> None:
    """Removes a person or program for good; name and address are not kept.

    Raises `NoSuchPerson`, and `Forbidden` where it has a role that the actor may not take.
    """
    actor.must(policies.manage_people)
    row = await repository.subject(session, subject_id)
    if row is None:
        raise NoSuchPerson()
    actor.must(policies.remove_person, subject_id, await repository.roles(session, subject_id))
    await _end_everything(session, subject_id)
    await repository.erase(session, subject_id, row.email)
    await audit.record(session, actor, "remove", "subject", subject_id)


async def _end_everything(session: AsyncSession, subject_id: UUID) -> None:
    await session_repository.end_all(session, subject_id)
    await repository.end_tokens(session, subject_id)
    outbox.note(session, repository.SUBJECTS, subject_id)


async def create_token(session: AsyncSession, actor: Actor, signer: Signer, given: TokenRequest) -> NewToken:
    """A token for oneself or for a program, limited to roles where scopes are given.

    Raises `NoSuchPerson`, `TokenOfAnother`, `ScopesMissing` and `ScopesExceeded`.
    """
    actor.must(policies.be_signed_in)
    row = await _token_owner(session, actor, given)
    if row.kind == "program" and not given.scopes:
        raise ScopesMissing()
    scopes = None if given.scopes is None else [str(scope) for scope in given.scopes]
    if actor.scopes is not None and (scopes is None or not actor.scopes.issuperset(scopes)):
        raise ScopesExceeded()
    token_id = secrets.token_urlsafe(12)
    expires = await repository.add_token(session, token_id, row.id, scopes, given.expires_days)
    await audit.record(session, actor, "create-token", "token", token_id, None, {"subject": str(row.id)})
    maker = actor.subject if row.kind == "program" else None
    token = tokens.sign(
        signer.keys.signing(),
        signer.issuer,
        row.id,
        token_id,
        row.event_version,
        given.expires_days * 86400,
        scopes,
        maker=maker,
    )
    return NewToken(id=token_id, token=token, expires_at=expires)


async def _token_owner(session: AsyncSession, actor: Actor, given: TokenRequest) -> Row[Any]:
    """Whose token it will be; who is known is said to those only who manage people."""
    assert actor.subject is not None
    if given.email is None:
        row = await repository.subject(session, actor.subject)
    else:
        row = await repository.subject_by_email(session, given.email)
    if row is None and actor.may(policies.manage_people):
        raise NoSuchPerson()
    if row is None or not actor.may(policies.make_token, row.id, row.kind):
        raise TokenOfAnother()
    return row


def token_range(actor: Actor) -> UUID | None:
    """Whose tokens somebody sees and ends: `None` for all of them, which is for those who manage people."""
    actor.must(policies.be_signed_in)
    return None if actor.may(policies.manage_people) else actor.subject


async def revoke_token(session: AsyncSession, actor: Actor, token_id: str) -> None:
    """Ends a token everywhere.

    Raises `NoSuchToken`.
    """
    subject_id = await repository.revoke_token(session, token_id, token_range(actor))
    if subject_id is None:
        raise NoSuchToken()
    outbox.note(session, repository.SUBJECTS, subject_id)
    await audit.record(session, actor, "revoke-token", "token", token_id)
