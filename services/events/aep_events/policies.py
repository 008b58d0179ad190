"""Who may do what in the meetings calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aep_shared.access.actor import Actor


def change_meeting(actor: Actor, _slug: str | None, _document: Mapping[str, Any] | None) -> bool:
    """Meetings and series: officers and their deputies, and the operator who loads the data of the process."""
    return actor.has("officer", "deputy", "operator")
