"""The register of the organisations that take part: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_registry import following, policies
from aep_registry.organisations.models import Organisation
from aep_registry.organisations.schemas import OrganisationOut, OrganisationQuery
from aep_shared.contracts import topics
from aep_shared.contracts.registry import OrganisationRecord
from aep_shared.registers.register import Register

ORGANISATIONS = Register(
    "organisation",
    "organisations",
    table=Organisation,
    record=OrganisationRecord,
    out=OrganisationOut,
    query=OrganisationQuery,
    topic=topics.ORGANISATION,
    change=policies.change_register,
    remove=policies.remove_record,
    after_rename=following.renamed("organisation"),
)
