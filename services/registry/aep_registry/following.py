"""What follows a record that is renamed: the roles for it, and the updates about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry.identity.repository import SUBJECTS
from aep_registry.updates.repository import AGGREGATE as UPDATES
from aep_shared.flow import outbox


def renamed(record_type: str) -> Callable[[AsyncSession, str, str], Awaitable[None]]:
    """For `RecordKind.after_rename`: changed rights and updates are published with the renamed record."""

    async def follow(session: AsyncSession, old: str, new: str) -> None:
        slugs = {"type": record_type, "old": old, "new": new}
        if record_type in _GRANTS:
            outbox.note(session, SUBJECTS, *await session.scalars(_GRANTS[record_type], slugs))
        outbox.note(session, UPDATES, *await session.scalars(_UPDATES, slugs))

    return follow


_GRANTS = {
    name: text(f'UPDATE grants SET "{name}" = :new WHERE "{name}" = :old RETURNING subject')
    for name in ("initiative", "partner", "group")
}
_UPDATES = text("""
UPDATE updates SET about_slug = :new, stored_at = clock_timestamp() WHERE about_type = :type AND about_slug = :old
RETURNING id
""")
