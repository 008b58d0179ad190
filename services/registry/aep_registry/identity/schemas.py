"""What identity takes and answers over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from aep_registry.identity.models import SubjectKind
from aep_shared.contracts.base import Slug
from aep_shared.contracts.registry import Grant
from aep_shared.mail import EmailAddress
from aep_shared.text import Line

Role = Literal[
    "reader",
    "translator",
    "coordinator",
    "focal-point",
    "group-chair",
    "group-member",
    "editor",
    "officer",
    "deputy",
    "operator",
    "api-client",
]
_RECORD_OF = {
    "coordinator": "initiative",
    "focal-point": "partner",
    "group-chair": "group",
    "group-member": "group",
}
_LENT = ("deputy",)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as problem:
        raise ValueError("it is beyond the last moment that there is") from problem


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Invitation(_Input):
    """A person or program and the role it gets; some roles are for one record, a lent one needs an end."""

    email: EmailAddress = Field(examples=["coordinator@network.example"])
    role: Role = Field(examples=["coordinator"])
    name: Line | None = Field(None, max_length=200)
    initiative: Slug | None = None
    partner: Slug | None = None
    group: Slug | None = None
    until: Moment | None = Field(None, description="When the role ends; inviting again moves the end")

    @model_validator(mode="after")
    def _names_its_record(self) -> Invitation:
        needed = _RECORD_OF.get(self.role)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a {self.role} is one of a {needed}: say which")
        if self.until is not None and self.until <= datetime.now(UTC):
            raise ValueError("a role cannot end in the past")
        if self.until is None and self.role in _LENT:
            raise ValueError(f"the role of a {self.role} is lent: say until when")
        return self

    def record(self) -> tuple[str, str] | None:
        """The type and name of the record that the role is for."""
        named = _RECORD_OF.get(self.role)
        return (named, str(getattr(self, named))) if named else None

    def grant(self) -> Grant:
        return Grant(
            role=self.role, initiative=self.initiative, partner=self.partner, group=self.group, until=self.until
        )


class SignInAsked(_Input):
    """Who wants to sign in."""

    email: EmailAddress = Field(examples=["coordinator@network.example"])


class Redemption(_Input):
    """The secret of a sign-in link, or the short code."""

    code: Annotated[str, Field(min_length=8, max_length=100)]


class Renewal(_Input):
    """The renewal secret of a session."""

    secret: Annotated[str, Field(min_length=20, max_length=100)]


class TokenRequest(_Input):
    """A token for oneself, or for a program."""

    email: EmailAddress | None = Field(None, description="Of the program; left out: for whoever asks")
    expires_days: int = Field(ge=1, le=730, examples=[90])
    scopes: Annotated[list[Role], Field(max_length=20)] | None = Field(
        None, description="The roles that the token is limited to; an empty list is no right at all"
    )


class PublicKey(BaseModel):
    """The public half of a key (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class KeySet(BaseModel):
    """The keys that verify tokens (RFC 7517)."""

    keys: list[PublicKey]


class Access(BaseModel):
    """A token for a quarter of an hour, and the secret that renews it; a second tab gets no secret."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int
    """Seconds."""
    secret: str | None


class Me(BaseModel):
    """Who asks, and the roles that count with the token that it was asked with."""

    id: UUID
    grants: list[Grant]
    scopes: list[str] | None
    """The roles that the token is limited to; null where it is not limited."""


class PersonOut(BaseModel):
    """A person or program with its roles."""

    id: UUID
    kind: SubjectKind
    email: str | None
    name: str | None
    grants: list[Grant]


class People(BaseModel):
    """All of them, by address."""

    items: list[PersonOut]


class TokenOut(BaseModel):
    """A token, without itself."""

    id: str
    email: str | None
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Tokens(BaseModel):
    """All of them, in the order in which they were made."""

    items: list[TokenOut]


class NewToken(BaseModel):
    """A new token; it is shown once."""

    id: str
    token: str
    expires_at: datetime
