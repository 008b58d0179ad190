"""References are slugs: they outlive a rename, may point to what is not there, and may even go round."""

from __future__ import annotations

from uuid import UUID

import pytest

from aep_shared.contracts.base import by_any_slug
from aep_shared.contracts.registry import Contribution, Coordinator, FrameworkNode, Initiative, InvolvedPartner
from aep_shared.contracts.registry.framework_node import objectives_of


def _node(slug: str, kind: str = "action", parent: str | None = None, former: list[str] | None = None) -> FrameworkNode:
    title = {"en": slug}
    return FrameworkNode(id=UUID(int=1), slug=slug, kind=kind, title=title, parent=parent, former_slugs=former or [])


NODES = by_any_slug(
    [
        _node("so1", "objective", former=["objective-1"]),
        _node("so2", "objective"),
        _node("goal", "sub-goal", parent="objective-1"),
        _node("action", parent="goal"),
        _node("adrift", parent="nowhere"),
        _node("hen", parent="egg"),
        _node("egg", parent="hen"),
    ]
)


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ([], ()),
        (["so1"], ("so1",)),
        (["objective-1"], ("so1",)),
        (["action"], ("so1",)),
        (["so2", "goal", "action"], ("so1", "so2")),
        (["adrift", "unknown", "hen"], ()),
    ],
)
def test_the_objectives_of_nodes_are_those_that_they_belong_to(nodes: list[str], found: tuple[str, ...]) -> None:
    assert objectives_of(nodes, NODES) == found


def test_whoever_takes_part_or_is_in_charge_is_involved_once() -> None:
    initiative = Initiative(
        id=UUID(int=1),
        slug="lab",
        title={"en": "Lab"},
        status="running",
        partners=[InvolvedPartner(partner="b", role="host"), InvolvedPartner(partner="a", role="member")],
        coordinators=[Coordinator(partner="b"), Coordinator(organisation="o"), Coordinator(group="g")],
        framework=[Contribution(node="n")],
    )
    assert initiative.partners_involved == ["b", "a"]
    assert initiative.organisations_involved == ["o"]
    assert initiative.nodes == ["n"]
