"""What issues accept over HTTP."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aep_notifications.subscriptions.schemas import Frequency
from aep_shared.contracts.base import LanguageMap, Slug, Title


class IssueIn(BaseModel):
    """A new issue of a list for the subscribers of one frequency."""

    model_config = ConfigDict(extra="forbid")

    list: Slug = "newsletter"
    frequency: Frequency = "monthly"
    title: Title | None = Field(None, examples=[{"en": "News of the spring"}])
    introduction: LanguageMap = {}


class IssueChange(BaseModel):
    """The parts of an issue that an officer edits.

    `items` names its updates in their order: those to keep, and those that `waiting` offers and that are to come in.
    """

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    introduction: LanguageMap | None = None
    items: list[UUID] | None = Field(None, min_length=1, max_length=1000)
