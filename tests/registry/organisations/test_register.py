"""Organisations over HTTP: every field, every filter, every order."""

from __future__ import annotations

from aep_registry.organisations.register import ORGANISATIONS
from aep_shared.contracts.base import Alias, Link, Source
from aep_shared.contracts.registry import Host, OrganisationRecord
from aep_shared.contracts.registry.organisation import Identifier
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, left_out, slugs
from tests.served import Served

SAID = Source(publication="strategy", ref="4.p2")
ORGANISATION = OrganisationRecord(
    slug="secretariat",
    kind="supporting-body",
    name={"en": "Secretariat"},
    acronym="SEC",
    aliases=[Alias(name="The Office", source=SAID)],
    mandate={"en": "Runs the programme."},
    mandate_source=SAID,
    identifiers=[Identifier(scheme="wikidata", value="Q1", source=SAID)],
    hosts=[
        Host(place={"en": "Seoul"}, partner="korea", since="2001-09", until="2005~", source=SAID, other_sources=[SAID]),
        Host(organisation="ministry"),
    ],
    links=[Link(url="http://www.sec.example/", source=SAID), Link(url="https://[2001:db8::1]/")],
    partner="korea",
    parent="ministry",
    source=SAID,
)


@left_out(OrganisationRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, ORGANISATIONS, ORGANISATION, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, ORGANISATIONS, ORGANISATION)


async def test_what_fits_a_filter_is_listed_and_nothing_else(standing: Served) -> None:
    await imported(
        standing,
        ORGANISATIONS,
        {**full(ORGANISATION), "slug": "f-union", "kind": "stakeholder"},
        {**full(ORGANISATION), "slug": "f-office", "kind": "secretariat"},
    )
    assert await slugs(standing, ORGANISATIONS, kind="stakeholder") == ["f-union"]
    assert await slugs(standing, ORGANISATIONS, kind="secretariat") == ["f-office"]
    assert await slugs(standing, ORGANISATIONS, kind="stakeholder", slug="f-office") == []


async def test_a_filter_that_this_register_does_not_have_is_refused(standing: Served) -> None:
    answer = await standing.call(None, "GET", "organisations", params={"partner": "korea"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")
