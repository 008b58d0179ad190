"""Partners over HTTP: every field, every filter, every order."""

from __future__ import annotations

from aep_registry.partners.register import PARTNERS
from aep_shared.contracts.base import Alias, Source
from aep_shared.contracts.registry import PartnerRecord
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, left_out, renamed, slugs
from tests.served import Served

SAID = Source(publication="conclusions", ref="33", note="2", says="a dialogue partner")
PARTNER = PartnerRecord(
    slug="isle",
    kind="community",
    name={"en": "Isle", "fr": "Île"},
    unconfirmed_languages=["fr"],
    name_source=SAID,
    aliases=[Alias(name="The Isle", source=Source(name="Its page", url="https://isle.example/")), Alias(name="Isola")],
    iso="IS",
    asem_group="europe",
    group_source=SAID,
    parent="mainland",
    note={"en": "With a delegation of its own.\n\nSince 2012."},
    source=SAID,
)


@left_out(PartnerRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, PARTNERS, PARTNER, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, PARTNERS, PARTNER)


async def test_what_fits_a_filter_is_listed_and_nothing_else(standing: Served) -> None:
    base = {**full(PARTNER), "parent": None}
    land = {**base, "slug": "f-land", "kind": "country", "asem_group": "asia"}
    body = {**base, "slug": "f-body", "kind": "institution", "asem_group": None}
    town = {**base, "slug": "f-town", "parent": "f-land"}
    await imported(standing, PARTNERS, land, body, town)
    # Another test may have left a country.
    assert "f-land" in (countries := await slugs(standing, PARTNERS, kind="country"))
    assert not {"f-body", "f-town"} & {*countries}
    assert await slugs(standing, PARTNERS, kind="institution") == ["f-body"]
    assert await slugs(standing, PARTNERS, asem_group="asia") == ["f-land"]
    assert await slugs(standing, PARTNERS, slug="f-body") == ["f-body"]
    assert await slugs(standing, PARTNERS, asem_group="europe", parent="f-land") == ["f-town"]
    assert await slugs(standing, PARTNERS, asem_group="asia", parent="f-land") == []


async def test_communities_are_found_by_any_slug_of_their_country(standing: Served) -> None:
    land = {**full(PARTNER), "slug": "former-land", "kind": "country", "parent": None}
    await imported(standing, PARTNERS, land, {**full(PARTNER), "slug": "r-town", "parent": "former-land"})
    await renamed(standing, PARTNERS, land, "present-land")
    await imported(standing, PARTNERS, {**full(PARTNER), "slug": "r-village", "parent": "present-land"})
    for parent in ("former-land", "present-land"):
        assert await slugs(standing, PARTNERS, parent=parent) == ["r-town", "r-village"]
