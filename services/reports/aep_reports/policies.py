"""Who may do what in reports."""

from __future__ import annotations

from aep_shared.access.actor import Actor


def make_report(actor: Actor) -> bool:
    """Making and reading runs: the office and editors, until a report is published."""
    return actor.has("officer", "deputy", "editor")


def rebuild_read_models(actor: Actor) -> bool:
    """Rebuilding is the operator's."""
    return actor.has("operator")
