"""Use cases of identity: inviting people, giving and taking roles, ending and removing people, tokens."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

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
from aep_registry.identity.models import ApiToken, Subject, SubjectKind
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
    known = await repository.subject_by_email(session, given.email)
    if known is not None and known.id == actor.subject:
        raise OwnRole()
    actor.must(policies.give_role, given.role, known.id if known else None)
    grant = given.grant().model_copy(update=await _of_record(session, given))
    subject = _fitting(session, known, given)
    await session.flush()
    await repository.give(session, subject.id, grant, actor.name)
    outbox.note(session, repository.SUBJECTS, subject.id)
    await audit.record(session, actor, "invite", "subject", subject.id, None, dict(grant))
    return subject.id


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


def _fitting(session: AsyncSession, known: Subject | None, given: Invitation) -> Subject:
    """The subject with this address, a new one where there is none; programs stay out of the office."""
    program = given.role == "api-client"
    if known is None:
        kind = SubjectKind.PROGRAM if program else SubjectKind.PERSON
        known = Subject(email=given.email, name=given.name, kind=kind)
        session.add(known)
    elif program and known.kind != SubjectKind.PROGRAM:
        raise NotAProgram()
    elif known.kind == SubjectKind.PROGRAM and given.role in _FOR_PEOPLE:
        raise ProgramInOffice()
    return known


async def remove_role(session: AsyncSession, actor: Actor, email: str, role: str) -> None:
    """Takes a role away; it counts in every service within a second."""
    holder = await repository.subject_by_email(session, email)
    actor.must(policies.take_role, role, holder.id if holder else None)
    if holder is None or not await repository.take(session, holder.id, role):
        raise NoSuchPerson()
    outbox.note(session, repository.SUBJECTS, holder.id)
    await audit.record(session, actor, "remove-role", "subject", holder.id, {"role": role}, None)


async def end_person(session: AsyncSession, actor: Actor, subject_id: UUID) -> None:
    """Ends everything that signs a person or program in: sessions, tokens, and links that were not used yet.

    Raises `NoSuchPerson`.
    """
    actor.must(policies.manage_people)
    subject = await repository.subject(session, subject_id)
    if subject is None:
        raise NoSuchPerson()
    await _end_everything(session, subject)
    await audit.record(session, actor, "end", "subject", subject_id)


async def remove_person(session: AsyncSession, actor: Actor, subject_id: UUID) -> None:
    """Removes a person or program for good; name and address are not kept.

    Raises `NoSuchPerson`, and `Forbidden` where it has a role that the actor may not take.
    """
    actor.must(policies.manage_people)
    subject = await repository.subject(session, subject_id)
    if subject is None:
        raise NoSuchPerson()
    actor.must(policies.remove_person, subject_id, await repository.roles(session, subject_id))
    await _end_everything(session, subject)
    await repository.erase(session, subject)
    await audit.record(session, actor, "remove", "subject", subject_id)


async def _end_everything(session: AsyncSession, subject: Subject) -> None:
    await session_repository.end_all(session, subject.id)
    await repository.end_tokens(session, subject)
    outbox.note(session, repository.SUBJECTS, subject.id)


async def create_token(session: AsyncSession, actor: Actor, signer: Signer, given: TokenRequest) -> NewToken:
    """A token for oneself or for a program, limited to roles where scopes are given.

    Raises `NoSuchPerson`, `TokenOfAnother`, `ScopesMissing` and `ScopesExceeded`.
    """
    actor.must(policies.be_signed_in)
    owner = await _token_owner(session, actor, given)
    program = owner.kind == SubjectKind.PROGRAM
    if program and not given.scopes:
        raise ScopesMissing()
    scopes = None if given.scopes is None else [str(scope) for scope in given.scopes]
    if actor.scopes is not None and (scopes is None or not actor.scopes.issuperset(scopes)):
        raise ScopesExceeded()
    lasts = timedelta(days=given.expires_days)
    # By the clock that the token is signed with.
    expires = datetime.now(UTC) + lasts
    made = ApiToken(id=secrets.token_urlsafe(12), subject=owner.id, scopes=scopes, expires_at=expires)
    session.add(made)
    await audit.record(session, actor, "create-token", "token", made.id, None, {"subject": str(owner.id)})
    token = tokens.sign(
        signer.keys.signing(),
        signer.issuer,
        owner.id,
        made.id,
        owner.event_version,
        round(lasts.total_seconds()),
        scopes,
        maker=actor.subject if program else None,
    )
    return NewToken(id=made.id, token=token, expires_at=expires)


async def _token_owner(session: AsyncSession, actor: Actor, given: TokenRequest) -> Subject:
    """Whose token it will be; who is known is said to those only who manage people."""
    assert actor.subject is not None
    if given.email is None:
        owner = await repository.subject(session, actor.subject)
    else:
        owner = await repository.subject_by_email(session, given.email)
    if owner is None and actor.may(policies.manage_people):
        raise NoSuchPerson()
    if owner is None or not actor.may(policies.make_token, owner.id, owner.kind):
        raise TokenOfAnother()
    return owner


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
