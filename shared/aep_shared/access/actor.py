"""The person or program behind a request, and what it may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from aep_shared.contracts.registry import Grant
from aep_shared.errors import Forbidden, Unauthorised

Policy = Callable[..., bool]
"""Whether an actor may do something, in the context that the policy asks for."""

LOCAL_OPERATOR = UUID("01900000-0000-7000-8000-000000000001")
"""The subject of whoever holds the machine of the platform, the same everywhere; it is made on the database only."""


@dataclass(slots=True)
class Actor:
    """Whoever asks; `subject` is `None` for somebody who has not signed in."""

    subject: UUID | None = None
    grants: Sequence[Grant] = ()
    scopes: frozenset[str] | None = None
    """The roles that a token is limited to, none of them where it is empty; `None` where it is not limited."""
    maker: UUID | None = None
    """The person who made the token of a program."""
    checked: set[str] = field(default_factory=set)

    @property
    def person(self) -> UUID | None:
        """Who answers for what is done: for a program, whoever made its token."""
        return self.maker or self.subject

    @property
    def authors(self) -> tuple[UUID, ...]:
        """Whose words the actor's are: its own, and those of the person who made the token of a program."""
        return tuple(one for one in (self.subject, self.maker) if one)

    def joining(self, authors: Sequence[UUID]) -> list[UUID]:
        """The authors of a text that the actor has a hand in as well, each once."""
        return list(dict.fromkeys((*authors, *self.authors)))

    @property
    def name(self) -> str:
        return str(self.subject) if self.subject else "anonymous"

    def has(
        self, *roles: str, initiative: str | None = None, partner: str | None = None, group: str | None = None
    ) -> bool:
        """Whether the actor has one of `roles` now; with a record named, only a role for that record counts."""
        return any(
            grant.role in roles
            and (initiative is None or grant.initiative == initiative)
            and (partner is None or grant.partner == partner)
            and (group is None or grant.group == group)
            for grant in self.rights
        )

    @property
    def rights(self) -> list[Grant]:
        """The grants that count now: not over, and within the scopes of the token."""
        now = datetime.now(UTC)
        return [
            grant
            for grant in self.grants
            if (self.scopes is None or grant.role in self.scopes) and (grant.until is None or grant.until > now)
        ]

    @property
    def is_local_operator(self) -> bool:
        """Whether this is the operator of the machine itself, and not somebody who was given that role."""
        return self.subject == LOCAL_OPERATOR and self.has("operator")

    def must(self, policy: Policy, *context: object) -> None:
        """Raises `Unauthorised` or `Forbidden` unless `policy(actor, *context)` allows it."""
        self.checked.add(policy.__name__)
        if not policy(self, *context):
            raise Forbidden() if self.subject else Unauthorised()

    def may(self, policy: Policy, *context: object) -> bool:
        """Whether it would be allowed, for deciding what to show."""
        return policy(self, *context)
