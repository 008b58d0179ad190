"""The registers that this service keeps as records, and what they can be filtered by."""

from __future__ import annotations

from aep_registry import policies
from aep_shared.contracts import registry, topics
from aep_shared.records import RecordKind

PARTNER = RecordKind("partner", "partners", registry.PartnerRecord, topics.PARTNER, policies.change_register,
                     {"kind": "kind", "asem_group": "asem_group", "parent": "parent"})  # fmt: skip
ORGANISATION = RecordKind("organisation", "organisations", registry.OrganisationRecord, topics.ORGANISATION,
                          policies.change_register, {"kind": "kind"})  # fmt: skip
GROUP = RecordKind("group", "groups", registry.GroupRecord, topics.GROUP, policies.change_register, {"kind": "kind"})
FRAMEWORK_NODE = RecordKind("framework node", "frameworks", registry.FrameworkNodeRecord, topics.FRAMEWORK_NODE,
                            policies.change_register, {"kind": "kind", "parent": "parent"})  # fmt: skip
GLOSSARY_TERM = RecordKind("glossary term", "glossary", registry.GlossaryTermRecord, topics.GLOSSARY_TERM,
                           policies.change_register)  # fmt: skip
INITIATIVE = RecordKind("initiative", "initiatives", registry.InitiativeRecord, topics.INITIATIVE,
                        policies.change_initiative, {"status": "status", "parent": "parent"})  # fmt: skip

KINDS = (PARTNER, ORGANISATION, GROUP, FRAMEWORK_NODE, GLOSSARY_TERM, INITIATIVE)
