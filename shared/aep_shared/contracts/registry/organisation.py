"""A body around the process."""

from __future__ import annotations

from pydantic import model_validator

from aep_shared.contracts.base import (
    Alias,
    EdtfDate,
    LanguageMap,
    Link,
    Mark,
    Part,
    RegisterRecord,
    Slug,
    Source,
    State,
    Title,
    Word,
)
from aep_shared.contracts.examples import CONCLUSIONS, DEMO, STRATEGY, example_id, said_in
from aep_shared.contracts.topic import Topic


class Host(Part):
    """Where a body has or had its seat, and how long."""

    place: LanguageMap | None = None
    partner: Slug | None = None
    organisation: Slug | None = None
    since: EdtfDate | None = None
    until: EdtfDate | None = None
    source: Source | None = None
    other_sources: list[Source] = []

    @model_validator(mode="after")
    def _is_somewhere(self) -> Host:
        if self.place is None and self.partner is None and self.organisation is None:
            raise ValueError("it names a place, a partner or an organisation")
        return self


class Identifier(Part):
    """What another register calls a body."""

    scheme: Word
    """Such as `ror`, `isni`, `wikidata`."""
    value: Mark
    source: Source | None = None


class OrganisationRecord(RegisterRecord):
    """A stakeholder organisation, a supporting body, the secretariat, or another body that coordinates."""

    kind: Word
    """Such as `stakeholder`, `supporting-body`, `secretariat`, `organisation`."""
    name: Title
    acronym: Mark | None = None
    aliases: list[Alias] = []
    mandate: LanguageMap | None = None
    mandate_source: Source | None = None
    hosts: list[Host] = []
    links: list[Link] = []
    identifiers: list[Identifier] = []
    partner: Slug | None = None
    """The partner that it belongs to."""
    parent: Slug | None = None
    """The organisation that it belongs to."""
    source: Source | None = None


class Organisation(State, OrganisationRecord):
    """The public state of an organisation (see `OrganisationRecord`)."""


EXAMPLE = Organisation(
    id=example_id(2),
    slug="asem-duo-secretariat",
    kind="supporting-body",
    name={"en": "ASEM-DUO Secretariat"},
    acronym="ASEM-DUO",
    mandate={"en": "Runs the fellowship programme for paired exchanges between Asia and Europe."},
    mandate_source=Source(publication=STRATEGY, ref="4.p2"),
    identifiers=[Identifier(scheme="wikidata", value="Q1", source=DEMO)],
    hosts=[
        Host(
            place={"en": "Seoul"},
            partner="republic-of-korea",
            since="2001-09",
            other_sources=[Source(publication=CONCLUSIONS, ref="33", says="hosted by the Republic of Korea")],
        )
    ],
    links=[Link(url="http://www.asemduo.org/", source=said_in("annex-2.1"))],
    source=Source(publication=STRATEGY, note="31"),
)
ORGANISATION = Topic("aep.registry.organisation.v1", Organisation, "registry", ("search", "reports"), example=EXAMPLE)
