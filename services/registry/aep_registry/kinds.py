"""The registers that this service keeps as records, and what they can be filtered by."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import following, initiatives, policies
from aep_shared.contracts import registry, topics
from aep_shared.errors import NotFound
from aep_shared.registers.service import RecordKind, find

PARTNER = RecordKind(
    "partner",
    "partners",
    registry.PartnerRecord,
    topics.PARTNER,
    policies.change_register,
    {"kind": "kind", "asem_group": "asem_group", "parent": "parent"},
    references={"parent": "partner"},
    after_rename=following.renamed("partner"),
)
ORGANISATION = RecordKind(
    "organisation",
    "organisations",
    registry.OrganisationRecord,
    topics.ORGANISATION,
    policies.change_register,
    {"kind": "kind"},
    after_rename=following.renamed("organisation"),
)
GROUP = RecordKind(
    "group",
    "groups",
    registry.GroupRecord,
    topics.GROUP,
    policies.change_register,
    {"kind": "kind"},
    after_rename=following.renamed("group"),
)
FRAMEWORK_NODE = RecordKind(
    "framework node",
    "frameworks",
    registry.FrameworkNodeRecord,
    topics.FRAMEWORK_NODE,
    policies.change_register,
    {"kind": "kind", "parent": "parent"},
    references={"parent": "framework node"},
)
GLOSSARY_TERM = RecordKind(
    "glossary term", "glossary", registry.GlossaryTermRecord, topics.GLOSSARY_TERM, policies.change_register
)
INITIATIVE = RecordKind(
    "initiative",
    "initiatives",
    registry.InitiativeRecord,
    topics.INITIATIVE,
    policies.change_initiative,
    {"status": "status", "parent": "parent"},
    references={"parent": "initiative"},
    check_change=initiatives.check_change,
    after_rename=following.renamed("initiative"),
)

ABOUT = {kind.type: kind for kind in (INITIATIVE, PARTNER, ORGANISATION, GROUP)}
"""What roles and updates are about, as far as this service keeps it; meetings are kept by another."""

KINDS = (PARTNER, ORGANISATION, GROUP, FRAMEWORK_NODE, GLOSSARY_TERM, INITIATIVE)


async def kept_slug(session: AsyncSession, record_type: str, slug: str) -> str | None:
    """The present slug of what a role or an update is about, which is not renamed before the transaction ends.

    `None` where this service keeps such records and has none with this slug, present or former.
    """
    kind = ABOUT.get(record_type)
    if kind is None:
        return slug
    try:
        return str((await find(session, kind, slug, keep=True)).slug)
    except NotFound:
        return None
