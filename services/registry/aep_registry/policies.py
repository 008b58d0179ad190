"""Who may do what in the registry: one function for each action, default deny."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aep_shared.access.actor import LOCAL_OPERATOR, Actor

_OFFICE = ("officer", "deputy")
# Who gives the roles that decide about others. Office and operation are kept apart.
_GIVERS = {"officer": "officer", "deputy": "officer", "operator": "operator"}


def change_register(actor: Actor, _slug: str | None) -> bool:
    """Reference records: officers and their deputies, and the operator who loads the data of the process."""
    return actor.has(*_OFFICE, "operator")


def change_initiative(actor: Actor, slug: str | None) -> bool:
    """An initiative: as above, and its own coordinator once it exists."""
    return actor.has(*_OFFICE, "operator") or (slug is not None and actor.has("coordinator", initiative=slug))


def remove_record(actor: Actor) -> bool:
    """Removing and restoring records of any register: the office, and the operator who loads the data."""
    return actor.has(*_OFFICE, "operator")


_ANSWERS_FOR = {"coordinator": "initiative", "focal-point": "partner", "group-chair": "group", "group-member": "group"}
"""The type of the record that a role is for."""


def answers_for(actor: Actor) -> set[tuple[str, str]]:
    """Type and slug of every record that the actor answers for, by a role that counts now."""
    rights = [(_ANSWERS_FOR[grant.role], grant) for grant in actor.rights if grant.role in _ANSWERS_FOR]
    return {(kind, slug) for kind, grant in rights if (slug := getattr(grant, kind))}


def write_update(actor: Actor, about_type: str, about_slug: str) -> bool:
    """An update: whoever answers for what it is about, and the office."""
    return actor.has(*_OFFICE, "editor") or (about_type, about_slug) in answers_for(actor)


def own_update(actor: Actor, author: str, about_type: str, about_slug: str) -> bool:
    """One's own update, as long as one may write about that record: a role that ended ends its drafts too."""
    return actor.name == author and write_update(actor, about_type, about_slug)


def change_update(actor: Actor, author: str, about_type: str, about_slug: str) -> bool:
    """A draft or returned update: its author, and the office."""
    return actor.has(*_OFFICE, "editor") or own_update(actor, author, about_type, about_slug)


def see_update(actor: Actor, author: str, about_type: str, about_slug: str) -> bool:
    """An update that is not public: as above, and its author when the role has ended, unless the token is limited."""
    own = actor.name == author and actor.scopes is None
    return own or change_update(actor, author, about_type, about_slug)


def review_update(actor: Actor) -> bool:
    """Returning, approving and withdrawing: the office."""
    return actor.has(*_OFFICE)


def manage_people(actor: Actor) -> bool:
    """Invitations, roles and sessions of others, and tokens of programs."""
    return actor.has(*_OFFICE, "operator")


def give_role(actor: Actor, role: str, receiver: UUID | None) -> bool:
    """A role, to somebody else: officers make officers and deputies, operators make operators.

    The local operator, who holds the database anyway, makes the first of each.
    """
    if receiver is not None and receiver == actor.subject:
        return False
    giver = _GIVERS.get(role)
    return manage_people(actor) if giver is None else actor.has(giver) or actor.is_local_operator


def take_role(actor: Actor, role: str, holder: UUID | None) -> bool:
    """Taking a role away: whoever may give it, and its holder with an unlimited token."""
    own = holder is not None and holder == actor.subject and actor.scopes is None
    return own or give_role(actor, role, holder)


def remove_person(actor: Actor, person: UUID, roles: Sequence[str]) -> bool:
    """Removing a person: whoever may take all of her roles, except oneself; the local operator stays."""
    others = person not in (actor.subject, LOCAL_OPERATOR)
    return others and manage_people(actor) and all(take_role(actor, role, person) for role in roles)


def make_token(actor: Actor, owner: UUID, kind: str) -> bool:
    """A token: for oneself, or for a program; what another person does, she or he does, and a program makes none."""
    return manage_people(actor) if kind == "program" else owner == actor.subject


def operate(actor: Actor) -> bool:
    """Dead letters, rebuilds, republishing, doctor."""
    return actor.has("operator")


def be_signed_in(actor: Actor) -> bool:
    """Anything about one's own access."""
    return actor.subject is not None


def end_own_sessions(actor: Actor) -> bool:
    """Signing out everywhere: whoever is signed in, and no program with a limited token."""
    return actor.subject is not None and actor.scopes is None
