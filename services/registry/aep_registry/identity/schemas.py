"""What identity accepts over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aep_shared.contracts.base import Slug
from aep_shared.mail import EmailAddress

Role = Literal["reader", "translator", "coordinator", "focal-point", "group-chair", "group-member", "editor",
               "officer", "deputy", "operator", "api-client"]  # fmt: skip
_RECORD_OF = {
    "coordinator": "initiative",
    "focal-point": "partner",
    "group-chair": "group",
    "group-member": "group",
}


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Invitation(_Input):
    """A person and the role she or he gets; some roles are for one record."""

    email: EmailAddress = Field(examples=["coordinator@network.example"])
    role: Role = Field(examples=["coordinator"])
    name: str | None = Field(None, max_length=200)
    initiative: Slug | None = None
    partner: Slug | None = None
    group: Slug | None = None

    @model_validator(mode="after")
    def _names_its_record(self) -> Invitation:
        needed = _RECORD_OF.get(self.role)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a {self.role} is one of a {needed}: say which")
        return self

    def grant(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "initiative": self.initiative,
            "partner": self.partner,
            "group": self.group,
        }


class SignInRequest(_Input):
    """Who wants to sign in."""

    email: EmailAddress = Field(examples=["coordinator@network.example"])


class Redemption(_Input):
    """The secret of a sign-in link, or the short code."""

    code: Annotated[str, Field(min_length=8, max_length=100)]


class Renewal(_Input):
    """The renewal secret of a session."""

    secret: Annotated[str, Field(min_length=20, max_length=100)]


class TokenRequest(_Input):
    """A token for a program."""

    email: EmailAddress
    expires_days: int = Field(ge=1, le=730, examples=[90])
    scopes: list[Role] = []
