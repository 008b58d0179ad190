"""What the routes of a register take and answer, as far as it is the same for all of them."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.contracts.base import RegisterRecord
from aep_shared.http.lists import ListQuery, Removed, partial_model
from aep_shared.text import Asked, Text


class RegisterQuery(ListQuery):
    """How a register may be asked; subclasses add the fields of its records that it can be filtered by."""

    slug: Asked | None = None
    sort: Literal["slug", "-slug", "updated", "-updated"] = "slug"


class Removal(BaseModel):
    """Why a record is removed; whoever asks for it is told."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[Text, Field(min_length=1, max_length=1000, pattern=r"\S")] = Field(
        examples=["It was entered twice."]
    )


class RemovedRecord(Removed):
    """A record that was removed, for whoever follows a list with `updated_since`."""

    slug: str


class Imported(BaseModel):
    """What an import did, in numbers of records."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    """Records that had been removed, and stay so."""


@cache
def changes_to(record: type[RegisterRecord]) -> type[BaseModel]:
    """The fields of a record that change: the same ones, and none of them must be there."""
    about = f"The fields that change. {record.__doc__ or ''}".strip()
    return partial_model(record, f"{record.__name__.removesuffix('Record')}Change", about)
