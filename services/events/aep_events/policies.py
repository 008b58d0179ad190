"""Who may do what in the events service."""

from __future__ import annotations

from aep_shared.access.actor import Actor


def change_meeting(actor: Actor, _slug: str | None) -> bool:
    """Meetings and series: officers and their deputies, and the operator who loads the data of the process."""
    return actor.has("officer", "deputy", "operator")


def remove_record(actor: Actor) -> bool:
    """Removing and restoring meetings and series: as above."""
    return actor.has("officer", "deputy", "operator")
