"""The register of the partners of the process: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_registry import following, policies
from aep_registry.partners.models import Partner
from aep_registry.partners.schemas import PartnerOut, PartnerQuery
from aep_shared.contracts import topics
from aep_shared.contracts.registry import PartnerRecord
from aep_shared.registers.register import Register

PARTNERS = Register(
    "partner",
    "partners",
    table=Partner,
    record=PartnerRecord,
    out=PartnerOut,
    query=PartnerQuery,
    topic=topics.PARTNER,
    change=policies.change_register,
    remove=policies.remove_record,
    references={"parent": "partner"},
    after_rename=following.renamed("partner"),
)
