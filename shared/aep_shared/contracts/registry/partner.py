"""A partner of the process."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aep_shared.contracts.base import Alias, LanguageMap, LanguageTag, RegisterRecord, Slug, Source, State, Title
from aep_shared.contracts.examples import INFO_BOARD, example_id, said_in
from aep_shared.contracts.topic import Topic


class PartnerRecord(RegisterRecord):
    """A partner of the process: a country, an institution, or a community with a delegation of its own."""

    kind: Literal["country", "institution", "community"]
    name: Title
    unconfirmed_languages: list[LanguageTag] = []
    """Languages whose name was proposed by CLDR and not yet confirmed by the partner."""
    name_source: Source | None = None
    """Who writes the English name so."""
    aliases: list[Alias] = []
    iso: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166-1 alpha-2; countries only."""
    asem_group: Literal["asia", "europe"] | None = None
    """ASEM's own groups, which are not the regions of the United Nations."""
    group_source: Source | None = None
    parent: Slug | None = None
    """The country that a community belongs to."""
    note: LanguageMap | None = None
    source: Source | None = None
    """Who says that it is a partner."""


class Partner(State, PartnerRecord):
    """The public state of a partner (see `PartnerRecord`)."""


EXAMPLE = Partner(
    id=example_id(1),
    slug="republic-of-korea",
    kind="country",
    name={"en": "Republic of Korea", "fr": "Corée du Sud"},
    unconfirmed_languages=["fr"],
    name_source=said_in("33"),
    iso="KR",
    asem_group="asia",
    group_source=INFO_BOARD,
    source=INFO_BOARD,
)
PARTNER = Topic("aep.registry.partner.v1", Partner, "registry", ("search", "reports"), example=EXAMPLE)
