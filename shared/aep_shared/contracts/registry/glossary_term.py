"""A term of the glossary."""

from __future__ import annotations

from aep_shared.contracts.base import Alias, Mark, RegisterRecord, Source, State, Title
from aep_shared.contracts.examples import STRATEGY, example_id
from aep_shared.contracts.topic import Topic


class GlossaryTermRecord(RegisterRecord):
    """An acronym of the process and what it stands for; search treats both as the same."""

    acronym: Mark
    term: Title
    aliases: list[Alias] = []
    source: Source | None = None


class GlossaryTerm(State, GlossaryTermRecord):
    """The public state of a glossary term (see `GlossaryTermRecord`)."""


EXAMPLE = GlossaryTerm(
    id=example_id(5),
    slug="aep",
    acronym="AEP",
    term={"en": "ASEM Education Process"},
    source=Source(publication=STRATEGY, ref="acronyms.p3"),
)
GLOSSARY_TERM = Topic("aep.registry.glossary-term.v1", GlossaryTerm, "registry", ("search",), example=EXAMPLE)
