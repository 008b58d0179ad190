"""Who may do what in the registry: one function for each action, default deny."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aep_shared.auth.actor import Actor

_OFFICE = ("officer", "deputy")


def change_register(actor: Actor, _slug: str | None, _document: Mapping[str, Any] | None) -> bool:
    """Reference records: officers and their deputies, and the operator who loads the data of the process."""
    return actor.has(*_OFFICE, "operator")


def change_initiative(actor: Actor, slug: str | None, _document: Mapping[str, Any] | None) -> bool:
    """An initiative: as above, and its own coordinator once it exists."""
    return actor.has(*_OFFICE, "operator") or (slug is not None and actor.has("coordinator", initiative=slug))


def write_update(actor: Actor, about_type: str, about_slug: str) -> bool:
    """An update: whoever answers for what it is about, and the office."""
    own = {
        "initiative": actor.has("coordinator", initiative=about_slug),
        "partner": actor.has("focal-point", partner=about_slug),
        "group": actor.has("group-chair", "group-member", group=about_slug),
    }
    return actor.has(*_OFFICE, "editor") or own.get(about_type, False)


def change_update(actor: Actor, author: str) -> bool:
    """A draft or returned update: its author, and the office."""
    return actor.name == author or actor.has(*_OFFICE, "editor")


def review_update(actor: Actor) -> bool:
    """Returning, approving and withdrawing: the office."""
    return actor.has(*_OFFICE)


def manage_people(actor: Actor) -> bool:
    """Invitations, roles and tokens of others."""
    return actor.has(*_OFFICE, "operator")


def operate(actor: Actor) -> bool:
    """Dead letters, rebuilds, republishing, doctor."""
    return actor.has("operator")


def be_signed_in(actor: Actor) -> bool:
    """Anything about one's own access."""
    return actor.subject is not None
