"""What follows a record that is renamed: the roles for it, and the updates about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry.identity import repository as identity
from aep_registry.updates import repository as updates
from aep_shared.flow import outbox


def renamed(record_type: str) -> Callable[[AsyncSession, str, str], Awaitable[None]]:
    """For `RecordKind.after_rename`: changed rights and updates are published with the renamed record."""

    async def follow(session: AsyncSession, old: str, new: str) -> None:
        if record_type in identity.GRANTED_FOR:
            outbox.note(session, identity.SUBJECTS, *await identity.rename_in_grants(session, record_type, old, new))
        outbox.note(session, updates.AGGREGATE, *await updates.rename_about(session, record_type, old, new))

    return follow
