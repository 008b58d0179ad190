"""Who may do what in notifications."""

from __future__ import annotations

from aep_shared.access.actor import Actor


def edit_issue(actor: Actor) -> bool:
    """Making and editing issues: the office and editors."""
    return actor.has("officer", "deputy", "editor")


def approve_issue(actor: Actor) -> bool:
    """Approving and sending: the office."""
    return actor.has("officer", "deputy")


def read_mailbox(actor: Actor) -> bool:
    """The built-in mailbox holds sign-in links of everybody: whoever holds the machine reads it, and nobody else."""
    return actor.is_local_operator
