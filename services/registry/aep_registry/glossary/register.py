"""The register of the terms of the glossary: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_registry import policies
from aep_registry.glossary.models import GlossaryTerm
from aep_registry.glossary.schemas import GlossaryTermOut, GlossaryTermQuery
from aep_shared.contracts import topics
from aep_shared.contracts.registry import GlossaryTermRecord
from aep_shared.registers.register import Register

GLOSSARY = Register(
    "glossary term",
    "glossary",
    table=GlossaryTerm,
    record=GlossaryTermRecord,
    out=GlossaryTermOut,
    query=GlossaryTermQuery,
    topic=topics.GLOSSARY_TERM,
    change=policies.change_register,
    remove=policies.remove_record,
)
