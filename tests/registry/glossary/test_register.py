"""Terms of the glossary over HTTP: every field and every order."""

from __future__ import annotations

import pytest

from aep_registry.glossary.register import GLOSSARY
from aep_shared.contracts.base import Alias, Source
from aep_shared.contracts.registry import GlossaryTermRecord
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, items, left_out, slugs
from tests.served import Served

TERM = GlossaryTermRecord(
    slug="aep",
    acronym="AEP",
    term={"en": "ASEM Education Process", "fr": "Processus de l’éducation de l’ASEM"},
    aliases=[Alias(name="ASEM-EP", source=Source(publication="strategy", ref="acronyms.p3"))],
    source=Source(publication="strategy", ref="acronyms.p3"),
)


@left_out(GlossaryTermRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, GLOSSARY, TERM, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, GLOSSARY, TERM)


async def test_a_term_is_found_by_its_slug_alone(standing: Served) -> None:
    await imported(standing, GLOSSARY, {**full(TERM), "slug": "f-som"}, {**full(TERM), "slug": "f-isom"})
    assert await slugs(standing, GLOSSARY, slug="f-som") == ["f-som"]
    refused = await standing.call(None, "GET", "glossary", params={"acronym": "AEP"})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown-parameter")


@pytest.mark.parametrize(
    ("acronym", "kept"),
    [("ISCED 2011", "ISCED 2011"), ("e\u0301", "é"), ("x" * 200, "x" * 200), ("x" * 201, None), ("a\nb", None)],
)
async def test_an_acronym_is_one_short_line_in_its_normal_form(
    standing: Served, acronym: str, kept: str | None
) -> None:
    slug = f"acronym-{len(acronym)}-{ord(acronym[0])}"
    answer = await standing.call("deputy", "POST", "glossary", json={**full(TERM), "slug": slug, "acronym": acronym})
    assert answer.status_code == (422 if kept is None else 201), answer.text
    assert [item["acronym"] for item in await items(standing, GLOSSARY, slug=slug)] == ([kept] if kept else [])
