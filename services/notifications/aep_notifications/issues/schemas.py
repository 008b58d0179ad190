"""What issues accept over HTTP."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aep_notifications.subscriptions.schemas import Frequency
from aep_shared.contracts.base import LanguageMap, Slug


class IssueIn(BaseModel):
    """A new issue of a list for the subscribers of one frequency."""

    model_config = ConfigDict(extra="forbid")

    list: Slug = "newsletter"
    frequency: Frequency = "monthly"
    title: LanguageMap | None = Field(None, examples=[{"en": "News of the spring"}])
    introduction: LanguageMap = {}


class IssueChange(BaseModel):
    """The parts of an issue that an officer edits; `items` names the updates to keep, in their order."""

    model_config = ConfigDict(extra="forbid")

    title: LanguageMap | None = None
    introduction: LanguageMap | None = None
    items: list[UUID] | None = Field(None, min_length=1)
