"""The register of the groups of partners and organisations: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_registry import following, policies
from aep_registry.groups.models import Group
from aep_registry.groups.schemas import GroupOut, GroupQuery
from aep_shared.contracts import topics
from aep_shared.contracts.registry import GroupRecord
from aep_shared.registers.register import Register

GROUPS = Register(
    "group",
    "groups",
    table=Group,
    record=GroupRecord,
    out=GroupOut,
    query=GroupQuery,
    topic=topics.GROUP,
    change=policies.change_register,
    remove=policies.remove_record,
    after_rename=following.renamed("group"),
)
