"""What the coordinator of an initiative may change of it; the office may change everything that is not imported."""

from __future__ import annotations

from aep_registry.errors import FigureWithoutSource
from aep_registry.policies import change_register
from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import InitiativeRecord
from aep_shared.registers.service import differing, refuse_fields

COORDINATOR_FIELDS = frozenset({"summary", "links", "figures"})
"""What coordinators know best; status, partners, framework and mentions are statements of the process."""


def check_change(actor: Actor, before: InitiativeRecord, after: InitiativeRecord) -> None:
    """Refuses what is not the coordinator's, and a figure of hers that names no source.

    Raises `FieldNotAllowed` and `FigureWithoutSource`.
    """
    if actor.may(change_register, None):
        return
    refuse_fields(differing(before, after) - COORDINATOR_FIELDS, "the secretariat")
    if any(figure not in before.figures and not figure.source for figure in after.figures):
        raise FigureWithoutSource()
