"""Initiatives over HTTP: every field, every filter, every order, and what of them is their coordinators'."""

from __future__ import annotations

from typing import Any

import pytest

from aep_registry.initiatives.register import INITIATIVES
from aep_shared.contracts.base import Alias, Figure, Link, Source
from aep_shared.contracts.registry import (
    Contribution,
    Coordinator,
    InitiativeRecord,
    InvolvedOrganisation,
    InvolvedPartner,
    Mention,
)
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, left_out, renamed, slugs
from tests.served import Served

SAID = Source(publication="plan", ref="4")
INITIATIVE = InitiativeRecord(
    slug="lab",
    kind="edition",
    title={"en": "Third Lab", "fr": "Troisième Labo"},
    summary={"en": "Two weeks of visits."},
    theme={"en": "Towns by the sea"},
    aliases=[Alias(name="The Lab", source=SAID)],
    parent="labs",
    group="circle",
    mode="hybrid",
    status="running",
    status_source=SAID,
    dates="2026-03/2026-11",
    dates_source=SAID,
    coordinators=[
        Coordinator(organisation="institute", source=SAID),
        Coordinator(partner="isle"),
        Coordinator(group="g"),
    ],
    partners=[InvolvedPartner(partner="isle", role="takes part", source=SAID, other_sources=[SAID])],
    organisations=[InvolvedOrganisation(organisation="institute", role="co-host", other_sources=[SAID])],
    framework=[
        Contribution(node="so1", degree="high", reason={"en": "Many guests."}, source=SAID),
        Contribution(node="action-1", basis="listed"),
    ],
    mentions=[Mention(publication="conclusions", ref="4", stance="announced")],
    new=True,
    new_source=SAID,
    figures=[Figure(value=12, unit="pairs", what={"en": "students"}, period="2026", kind="planned", source=SAID)],
    links=[Link(url="https://lab.example/", source=SAID)],
    note={"en": "Its third edition."},
    source=SAID,
)
HERS = "coordinator initiative=hers"


@left_out(InitiativeRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, INITIATIVES, INITIATIVE, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, INITIATIVES, INITIATIVE)


async def test_initiatives_are_found_by_status_and_by_any_slug_of_what_they_belong_to(standing: Served) -> None:
    programme = {**full(INITIATIVE), "slug": "f-labs", "status": "unknown", "parent": None}
    await imported(standing, INITIATIVES, programme, {**full(INITIATIVE), "slug": "f-first", "parent": "f-labs"})
    await renamed(standing, INITIATIVES, programme, "f-laboratories")
    edition = {**full(INITIATIVE), "slug": "f-second", "status": "planned", "parent": "f-laboratories"}
    await imported(standing, INITIATIVES, edition)
    assert await slugs(standing, INITIATIVES, status="unknown") == ["f-laboratories"]
    for parent in ("f-labs", "f-laboratories"):
        assert await slugs(standing, INITIATIVES, parent=parent) == ["f-first", "f-second"]
        assert await slugs(standing, INITIATIVES, parent=parent, status="planned") == ["f-second"]


@pytest.fixture
async def hers(standing: Served) -> dict[str, Any]:
    """An initiative with a coordinator, whatever an earlier test made of it."""
    record = {**full(INITIATIVE), "slug": "hers"}
    await imported(standing, INITIATIVES, record)
    return record


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"summary": {"en": "Three weeks."}}, None),
        ({"summary": None}, None),
        ({"links": []}, None),
        ({"links": [{"url": "https://new.example/"}]}, None),
        ({"figures": []}, None),
        ({"figures": [{"value": 1, "unit": "pairs", "what": {"en": "guests"}, "source": {"name": "Report"}}]}, None),
        ({"figures": [{"value": 1, "unit": "pairs", "what": {"en": "guests"}}]}, "figure-without-source"),
        (
            {"figures": [{"value": 1, "unit": "pairs", "what": {"en": "guests"}, "source": None}]},
            "figure-without-source",
        ),
        ({"title": {"en": "Other"}}, "field-not-allowed"),
        ({"status": "completed"}, "field-not-allowed"),
        ({"partners": []}, "field-not-allowed"),
        ({"coordinators": []}, "field-not-allowed"),
        ({"note": None}, "field-not-allowed"),
        ({"summary": {"en": "Mine"}, "framework": []}, "field-not-allowed"),
        ({"slug": "mine"}, "field-not-allowed"),
        ({"demo": True}, "field-not-allowed"),
        # What she read and sends back unchanged is no change.
        ({"status": "running", "slug": "hers", "summary": {"en": "Mine"}}, None),
    ],
)
async def test_a_coordinator_changes_what_she_knows_best(
    standing: Served, hers: dict[str, Any], fields: dict[str, Any], code: str | None
) -> None:
    answer = await standing.call(HERS, "PATCH", "initiatives/hers", json=fields)
    assert (answer.status_code == 200) is (code is None), answer.text
    assert answer.json().get("code") == code
    kept = (await standing.call(None, "GET", "initiatives/hers")).json()
    for name, value in fields.items():
        expected = InitiativeRecord.model_validate({**hers, **({name: value} if code is None else {})})
        assert kept[name] == expected.model_dump(mode="json")[name]


async def test_a_figure_that_was_there_without_a_source_stays_as_it_is(standing: Served) -> None:
    bare = {"value": 3, "unit": "pairs", "what": {"en": "guests"}}
    await imported(standing, INITIATIVES, {**full(INITIATIVE), "slug": "bare", "figures": [bare]})
    who = "coordinator initiative=bare"
    sourced = {**bare, "value": 4, "source": {"name": "Report"}}
    kept = await standing.call(who, "PATCH", "initiatives/bare", json={"figures": [bare, sourced]})
    assert (kept.status_code, len(kept.json()["figures"])) == (200, 2)
    changed = await standing.call(who, "PATCH", "initiatives/bare", json={"figures": [{**bare, "value": 5}]})
    assert changed.json()["code"] == "figure-without-source"
    # The office may: it knows where the figure is from.
    assert (await standing.call("officer", "PATCH", "initiatives/bare", json={"figures": [bare]})).status_code == 200


@pytest.mark.parametrize(
    "who", ["coordinator initiative=another", "focal-point partner=hers", "group-chair group=hers", "editor", "reader"]
)
async def test_nobody_else_changes_it(standing: Served, hers: dict[str, Any], who: str) -> None:
    refused = await standing.call(who, "PATCH", "initiatives/hers", json={"summary": {"en": "Mine"}})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    for method, path, body in (
        ("POST", "initiatives", {**hers, "slug": "new"}),
        ("POST", "initiatives/hers/remove", {"reason": "Not ours."}),
        ("POST", "initiatives/hers/restore", None),
    ):
        assert (await standing.call(who, method, path, json=body)).status_code == 403, path


async def test_a_coordinator_neither_adds_nor_removes_her_own(standing: Served, hers: dict[str, Any]) -> None:
    for path, body in (("initiatives", {**hers, "slug": "new"}), ("initiatives/hers/remove", {"reason": "Mine."})):
        assert (await standing.call(HERS, "POST", path, json=body)).status_code == 403, path


async def test_a_limited_token_changes_what_its_scopes_allow(standing: Served, hers: dict[str, Any]) -> None:
    change = {"summary": {"en": "By a program."}}
    for scopes, status in (("reader", 403), ("reader,coordinator", 200)):
        answer = await standing.call(f"{HERS} scopes={scopes}", "PATCH", "initiatives/hers", json=change)
        assert answer.status_code == status
