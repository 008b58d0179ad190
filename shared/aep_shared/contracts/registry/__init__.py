"""Events of the registry: its registers, approved updates, and what subjects may do."""

from __future__ import annotations

from aep_shared.contracts.registry.framework_node import FrameworkNode, FrameworkNodeRecord
from aep_shared.contracts.registry.glossary_term import GlossaryTerm, GlossaryTermRecord
from aep_shared.contracts.registry.group import Group, GroupRecord, Member
from aep_shared.contracts.registry.initiative import (
    Contribution,
    Coordinator,
    Initiative,
    InitiativeRecord,
    InvolvedOrganisation,
    InvolvedPartner,
)
from aep_shared.contracts.registry.mention import Mention
from aep_shared.contracts.registry.organisation import Host, Organisation, OrganisationRecord
from aep_shared.contracts.registry.partner import Partner, PartnerRecord
from aep_shared.contracts.registry.subject import Grant, Subject
from aep_shared.contracts.registry.update import About, Update

__all__ = [
    "About",
    "Contribution",
    "Coordinator",
    "FrameworkNode",
    "FrameworkNodeRecord",
    "GlossaryTerm",
    "GlossaryTermRecord",
    "Grant",
    "Group",
    "GroupRecord",
    "Host",
    "Initiative",
    "InitiativeRecord",
    "InvolvedOrganisation",
    "InvolvedPartner",
    "Member",
    "Mention",
    "Organisation",
    "OrganisationRecord",
    "Partner",
    "PartnerRecord",
    "Subject",
    "Update",
]
