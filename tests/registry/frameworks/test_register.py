"""Nodes of frameworks over HTTP: every field, every filter, every order."""

from __future__ import annotations

import pytest

from aep_registry.frameworks.register import FRAMEWORKS
from aep_shared.contracts.base import Alias, Source
from aep_shared.contracts.registry import FrameworkNodeRecord
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, left_out, renamed, slugs
from tests.served import Served

SAID = Source(publication="plan", ref="annex-2.1")
NODE = FrameworkNodeRecord(
    slug="action-1",
    kind="action",
    number="1.a",
    title={"en": "Balanced mobility"},
    title_source=SAID,
    aliases=[Alias(name="Mobility for all", source=SAID)],
    parent="so1",
    valid_from="2022",
    valid_to="2024-06",
    validity_source=SAID,
    source=SAID,
)


@left_out(FrameworkNodeRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, FRAMEWORKS, NODE, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, FRAMEWORKS, NODE)


async def test_nodes_are_found_by_kind_and_by_any_slug_of_what_they_belong_to(standing: Served) -> None:
    objective = {**full(NODE), "slug": "f-so9", "kind": "objective", "parent": None}
    await imported(standing, FRAMEWORKS, objective, {**full(NODE), "slug": "f-action", "parent": "f-so9"})
    await renamed(standing, FRAMEWORKS, objective, "f-so10")
    await imported(standing, FRAMEWORKS, {**full(NODE), "slug": "f-goal", "kind": "sub-goal", "parent": "f-so10"})
    assert await slugs(standing, FRAMEWORKS, kind="objective") == ["f-so10"]
    for parent in ("f-so9", "f-so10"):
        assert await slugs(standing, FRAMEWORKS, parent=parent) == ["f-action", "f-goal"]
        assert await slugs(standing, FRAMEWORKS, parent=parent, kind="sub-goal") == ["f-goal"]
    assert await slugs(standing, FRAMEWORKS, parent="f-so11") == []


@pytest.mark.parametrize("who", [None, "editor", "coordinator initiative=lab", "reader"])
async def test_only_the_office_and_operators_write_frameworks(standing: Served, who: str | None) -> None:
    answer = await standing.call(who, "POST", "frameworks", json={**full(NODE), "slug": "refused"})
    assert answer.status_code == (401 if who is None else 403)
    assert await slugs(standing, FRAMEWORKS, slug="refused") == []
