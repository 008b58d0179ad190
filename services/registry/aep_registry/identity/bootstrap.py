"""The first officer and operator of an installation, made on the database because nobody can sign in yet."""

from __future__ import annotations

import argparse
import secrets
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry.identity import repository, sessions
from aep_registry.identity.keys import SigningKeys
from aep_registry.identity.models import Subject
from aep_registry.settings import RegistrySettings
from aep_shared.access import actor, audit, tokens
from aep_shared.contracts.registry import Grant
from aep_shared.flow import outbox
from aep_shared.ids import new_id
from aep_shared.service.platform import Platform

FIRST_ROLES = ("officer", "operator")
# An address that no mail can reach: the local operator signs in with its token only.
LOCAL_OPERATOR = "local-operator@platform.invalid"
_OPERATOR_TOKEN_SECONDS = 3 * 86400


async def bootstrap(platform: Platform, arguments: list[str]) -> int:
    """`bootstrap --email A`: publishes the subject like any command and prints a one-time link, anew at each call."""
    parser = argparse.ArgumentParser(prog="python -m aep_registry bootstrap")
    parser.add_argument("--email", required=True)
    email = parser.parse_args(arguments).email
    link = await one_time_link(platform, email, FIRST_ROLES)
    print(link)
    await platform.database.close()
    return 0


async def one_time_link(platform: Platform, email: str, roles: tuple[str, ...]) -> str:
    """Makes sure that the person exists with these roles; the address of a page that signs her or him in once."""
    async with platform.database.transaction() as session:
        subject_id = await ensure_subject(platform, email, roles, session)
        link, _code = await sessions.new_sign_in(session, subject_id)
        await audit.record(session, audit.MACHINE, "sign-in-link", "subject", subject_id)
        await outbox.publish(session)
    return f"{platform.settings.site_url}/en/sign-in/{link}"


async def ensure_subject(platform: Platform, email: str, roles: tuple[str, ...], session: AsyncSession) -> UUID:
    """The subject with this address and at least these roles, noted for publishing."""
    subject = await repository.subject_by_email(session, email)
    if subject is None:
        subject = Subject(id=actor.LOCAL_OPERATOR if email == LOCAL_OPERATOR else new_id(), email=email)
        session.add(subject)
        await session.flush()
    for role in roles:
        await repository.give(session, subject.id, Grant(role=role), audit.MACHINE)
    if roles:
        await audit.record(session, audit.MACHINE, "bootstrap", "subject", subject.id, None, {"roles": roles})
    outbox.note(session, repository.SUBJECTS, subject.id)
    return subject.id


async def print_operator_token(platform: Platform, _arguments: list[str]) -> int:
    """`operator-token`: prints a token of the local operator, for scripts on the machine of the registry."""
    print(await operator_token(platform))
    await platform.database.close()
    return 0


async def operator_token(platform: Platform) -> str:
    """A token of the local operator, whose subject is published like any other."""
    settings = platform.settings
    assert isinstance(settings, RegistrySettings)
    async with platform.database.transaction() as session:
        subject = await ensure_subject(platform, LOCAL_OPERATOR, ("operator",), session)
        published = await outbox.publish(session)
    key = SigningKeys(settings.keys_dir).signing()
    version, name = published[0].version, secrets.token_urlsafe(12)
    return tokens.sign(key, settings.site_url, subject, name, version, _OPERATOR_TOKEN_SECONDS)
