"""Questions that records answer themselves: who takes part, which objective, by which name somebody means one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_shared.contracts.base import by_any_slug
from aep_shared.contracts.registry import FrameworkNode, InitiativeRecord, PartnerRecord
from aep_shared.contracts.registry.framework_node import objectives_of


def lab(**fields: Any) -> InitiativeRecord:
    return InitiativeRecord.model_validate({"slug": "lab", "title": {"en": "Lab"}, "status": "running", **fields})


def node(slug: str, kind: str = "action", parent: str | None = None, *former: str) -> FrameworkNode:
    given = {"id": uuid4(), "slug": slug, "kind": kind, "title": {"en": slug}, "parent": parent, "former_slugs": former}
    return FrameworkNode.model_validate(given)


@pytest.mark.parametrize(
    ("partners", "charge", "involved"),
    [
        ((), (), []),
        (("isle",), (), ["isle"]),
        ((), ("isle",), ["isle"]),
        (("isle", "land", "isle"), (), ["isle", "land"]),
        (("land",), ("isle", "land"), ["land", "isle"]),
    ],
)
def test_a_body_is_involved_once_whether_it_takes_part_or_is_in_charge(
    partners: tuple[str, ...], charge: tuple[str, ...], involved: list[str]
) -> None:
    for kind in ("partner", "organisation"):
        taking_part = [{kind: slug, "role": f"role {number}"} for number, slug in enumerate(partners)]
        other = "organisation" if kind == "partner" else "partner"
        # A coordinator of the other kind is none of this one.
        in_charge = [{other: "other"}, {"group": "circle"}, *({kind: slug} for slug in charge)]
        record = lab(**{f"{kind}s": taking_part, "coordinators": in_charge})
        assert getattr(record, f"{kind}s_involved") == involved


def test_the_nodes_of_an_initiative_stand_as_its_source_lists_them() -> None:
    assert lab().nodes == []
    assert lab(framework=[{"node": "a2"}, {"node": "so1"}]).nodes == ["a2", "so1"]


@pytest.mark.parametrize(
    ("kind", "objective"), [("objective", True), ("action", False), ("sub-goal", False), ("sdg-goal", False)]
)
def test_work_is_counted_under_objectives_alone(kind: str, *, objective: bool) -> None:
    assert node("x", kind).is_objective is objective


KNOWN = by_any_slug(
    [
        node("so1", "objective", None, "o1"),
        node("so2", "objective"),
        node("a1", "action", "o1", "first"),
        node("g1", "sub-goal", "first"),
        node("a2", "action", "so2"),
        node("stray", "action", "nothing"),
        node("root", "theme"),
        node("self", "action", "self"),
        node("one", "action", "two"),
        node("two", "action", "one"),
    ]
)


@pytest.mark.parametrize(
    ("nodes", "objectives"),
    [
        ((), ()),
        (("so1",), ("so1",)),
        (("o1",), ("so1",)),
        (("g1",), ("so1",)),
        (("first", "a2"), ("so1", "so2")),
        (("a2", "so2", "a2"), ("so2",)),
        (("stray", "root", "unknown", "self", "one"), ()),
        (("one", "a1"), ("so1",)),
    ],
)
def test_work_belongs_to_the_objectives_above_it(nodes: tuple[str, ...], objectives: tuple[str, ...]) -> None:
    assert objectives_of(nodes, KNOWN) == objectives


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), max_size=8))
def test_whoever_draws_circles_is_not_followed_for_ever(parents: dict[str, str]) -> None:
    known = by_any_slug(
        node(slug, "objective" if slug == "a" else "action", parent) for slug, parent in parents.items()
    )
    found = objectives_of(parents, known)
    assert set(found) <= {"a"}
    assert ("a" in parents) == ("a" in found)


def partner(slug: str, *former: str) -> PartnerRecord:
    given = {"slug": slug, "former_slugs": former, "kind": "country", "name": {"en": slug}}
    return PartnerRecord.model_validate(given)


def test_a_record_is_meant_by_every_slug_that_it_has_or_had() -> None:
    isle, land = partner("isle", "island", "rock"), partner("land")
    assert by_any_slug([isle, land]) == {"isle": isle, "island": isle, "rock": isle, "land": land}
    assert by_any_slug([]) == {}
