"""The register of the nodes of frameworks: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_registry import policies
from aep_registry.frameworks.models import FrameworkNode
from aep_registry.frameworks.schemas import FrameworkNodeOut, FrameworkNodeQuery
from aep_shared.contracts import topics
from aep_shared.contracts.registry import FrameworkNodeRecord
from aep_shared.registers.register import Register

FRAMEWORKS = Register(
    "framework node",
    "frameworks",
    table=FrameworkNode,
    record=FrameworkNodeRecord,
    out=FrameworkNodeOut,
    query=FrameworkNodeQuery,
    topic=topics.FRAMEWORK_NODE,
    change=policies.change_register,
    remove=policies.remove_record,
    references={"parent": "framework node"},
)
