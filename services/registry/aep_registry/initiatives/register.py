"""The register of initiatives: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_registry import following, policies
from aep_registry.initiatives.models import Initiative
from aep_registry.initiatives.schemas import InitiativeOut, InitiativeQuery
from aep_registry.initiatives.service import check_change
from aep_shared.contracts import topics
from aep_shared.contracts.registry import InitiativeRecord
from aep_shared.registers.register import Register

INITIATIVES = Register(
    "initiative",
    "initiatives",
    table=Initiative,
    record=InitiativeRecord,
    out=InitiativeOut,
    query=InitiativeQuery,
    topic=topics.INITIATIVE,
    change=policies.change_initiative,
    remove=policies.remove_record,
    references={"parent": "initiative"},
    after_rename=following.renamed("initiative"),
    example={"summary": {"en": "What it is about"}},
    check_change=check_change,
)
