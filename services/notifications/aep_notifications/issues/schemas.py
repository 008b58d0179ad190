"""What issues accept over HTTP."""

from __future__ import annotations

import unicodedata
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aep_notifications.subscriptions.schemas import Frequency
from aep_shared.contracts.base import LanguageMap, Slug, Title

_BREAKS = ("Cc", "Cs", "Zl", "Zp")


def _one_line(title: dict[str, str]) -> dict[str, str]:
    if any(unicodedata.category(sign) in _BREAKS for words in title.values() for sign in words):
        raise ValueError("a title is one line, without control characters")
    return title


Title = Annotated[LanguageMap, Field(min_length=1), AfterValidator(_one_line)]
"""The subject of a mail in each language."""


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
