"""The registers of this service, and those of whose records people report."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry.frameworks.register import FRAMEWORKS
from aep_registry.glossary.register import GLOSSARY
from aep_registry.groups.register import GROUPS
from aep_registry.initiatives.register import INITIATIVES
from aep_registry.organisations.register import ORGANISATIONS
from aep_registry.partners.register import PARTNERS
from aep_shared.errors import NotFound
from aep_shared.registers.register import Register
from aep_shared.registers.service import find

REGISTERS: tuple[Register[Any, Any], ...] = (PARTNERS, ORGANISATIONS, GROUPS, FRAMEWORKS, GLOSSARY, INITIATIVES)

ABOUT: dict[str, Register[Any, Any]] = {
    register.noun: register for register in (INITIATIVES, PARTNERS, ORGANISATIONS, GROUPS)
}
"""What roles and updates are about, as far as this service keeps it; meetings are kept by another."""


async def kept_slug(session: AsyncSession, record_type: str, slug: str) -> str | None:
    """The present slug of what a role or an update is about, which is not renamed before the transaction ends.

    `None` where this service keeps such records and has none with this slug, present or former.
    """
    register = ABOUT.get(record_type)
    if register is None:
        return slug
    try:
        return str((await find(session, register, slug, keep=True)).slug)
    except NotFound:
        return None
