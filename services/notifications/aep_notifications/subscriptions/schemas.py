"""What subscriptions take and answer over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aep_notifications.subscriptions.models import Frequency
from aep_shared.contracts.base import LanguageMap, Slug, Title
from aep_shared.language import LanguageTag
from aep_shared.mail import EmailAddress

Token = Annotated[str, Field(min_length=20, max_length=100)]


class SubscriptionIn(BaseModel):
    """What somebody wants to receive; it counts once the mailed link is confirmed."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress = Field(examples=["reader@university.example"])
    languages: list[LanguageTag] = Field(["en"], min_length=1, max_length=10)
    frequency: Frequency = Frequency.MONTHLY
    lists: list[Slug] = Field(["newsletter"], min_length=1, max_length=20)


class TokenIn(BaseModel):
    """The token of a link."""

    model_config = ConfigDict(extra="forbid")

    token: Token


class ListOut(BaseModel):
    """A list that can be subscribed to."""

    slug: Slug
    title: Title
    description: LanguageMap


class Lists(BaseModel):
    """All of them."""

    items: list[ListOut]
