"""Who may do what in the search service."""

from __future__ import annotations

from aep_shared.access.actor import Actor


def import_publication(actor: Actor) -> bool:
    """Publications: the office and editors, and the operator who loads the data of the process."""
    return actor.has("officer", "deputy", "editor", "operator")


def publish_publication(actor: Actor) -> bool:
    """Publishing and withdrawing texts: the office."""
    return actor.has("officer", "deputy")


def publish_at_once(actor: Actor) -> bool:
    """Importing without a second person: whoever holds the machine, who loads the data of the process."""
    return actor.is_local_operator


def rebuild_index(actor: Actor) -> bool:
    """Rebuilding is the operator's."""
    return actor.has("operator")
