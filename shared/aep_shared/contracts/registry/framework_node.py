"""A node of a framework that work is measured against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aep_shared.contracts.base import Alias, EdtfDate, Mark, RegisterRecord, Slug, Source, State, Title, Word
from aep_shared.contracts.examples import example_id, said_in
from aep_shared.contracts.topic import Topic

_DEEPEST = 10


class FrameworkNodeRecord(RegisterRecord):
    """A node of a framework that work is measured against: objective, action, SDG target, priority."""

    kind: Word
    """Such as `objective`, `sub-goal`, `action`, `sdg-goal`, `sdg-target`, `priority`, `theme`."""
    number: Mark | None = None
    title: Title
    title_source: Source | None = None
    """Who words the title so, where another source than `source` does."""
    aliases: list[Alias] = []
    parent: Slug | None = None
    valid_from: EdtfDate | None = None
    valid_to: EdtfDate | None = None
    validity_source: Source | None = None
    source: Source | None = None

    @property
    def is_objective(self) -> bool:
        """Whether work is counted under it: actions and sub-goals belong to an objective."""
        return self.kind == "objective"


class FrameworkNode(State, FrameworkNodeRecord):
    """The public state of a framework node (see `FrameworkNodeRecord`)."""


def objectives_of(nodes: Iterable[str], known: Mapping[str, FrameworkNode]) -> tuple[str, ...]:
    """The slugs of the objectives that these nodes are, or belong to; `known` are nodes by every slug that they had.

    A node that is not known belongs to none, and whoever made a node its own ancestor is not followed for ever.
    """
    found = set()
    for slug in nodes:
        node = known.get(slug)
        for _ in range(_DEEPEST):
            if node is None or node.is_objective:
                break
            node = known.get(node.parent or "")
        if node is not None and node.is_objective:
            found.add(node.slug)
    return tuple(sorted(found))


def at_or_below(slug: str, nodes: Iterable[FrameworkNode]) -> set[str]:
    """Every slug, former ones too, of a node and of all nodes below it, whichever slug they name their parent by."""
    known = list(nodes)
    found: set[str] = set()
    more = [node for node in known if node.slug == slug]
    while more:
        found |= {name for node in more for name in (node.slug, *node.former_slugs)}
        more = [node for node in known if node.parent in found and node.slug not in found]
    return found


EXAMPLE = FrameworkNode(
    id=example_id(4),
    slug="action-1",
    kind="action",
    number="1",
    title={"en": "Balanced physical mobility open to all"},
    valid_from="2022",
    valid_to="2024",
    validity_source=said_in("annex-2.1"),
    source=said_in("annex-2.1"),
)
FRAMEWORK_NODE = Topic(
    "aep.registry.framework-node.v1", FrameworkNode, "registry", ("search", "reports"), example=EXAMPLE
)
