"""What issues take and answer over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aep_notifications.issues.models import IssueState
from aep_notifications.subscriptions.models import Frequency
from aep_shared.contracts.base import LanguageMap, Slug, Title
from aep_shared.contracts.registry import Update


class IssueIn(BaseModel):
    """A new issue of a list for the subscribers of one frequency."""

    model_config = ConfigDict(extra="forbid")

    list: Slug = "newsletter"
    frequency: Frequency = Frequency.MONTHLY
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


class IssueItem(Update):
    """An update as it was approved."""

    position: int


class WithdrawnItem(BaseModel):
    """An update that was withdrawn: only that it was here."""

    id: UUID
    position: int
    withdrawn: Literal[True] = True
    title: LanguageMap = {}
    text: LanguageMap = {}


class IssueOut(BaseModel):
    """An issue of a list, as everybody sees it once it is sent."""

    id: UUID
    list: Slug
    frequency: Frequency
    state: IssueState
    title: Title
    introduction: LanguageMap
    items: Sequence[IssueItem | WithdrawnItem]
    created_at: datetime
    sent_at: datetime | None


class OfficeIssueOut(IssueOut):
    """An issue as the office sees it, with how its deliveries stand."""

    revision: int
    content_by: Sequence[UUID]
    """Who had a hand in the words or the choice: none of them may approve it."""
    deliveries: dict[str, int]
    """How many are in which state."""
    in_doubt: Sequence[str]
    """The addresses whose mail may or may not have gone out."""
    waiting: Sequence[Update] | None = None
    """While it can be edited: the updates that it could hold and does not. Not in the list of issues."""


class Issues(BaseModel):
    """The newest issues, at most 200."""

    items: list[OfficeIssueOut | IssueOut]
