"""The content of the Stocktaking Report, which the JSON file holds as it is and the other files show."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from aep_shared.contracts.base import Ref, Slug, Word


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportedUpdate(_Part):
    """An update that was approved in the time of the report."""

    title: str
    text: str
    approved: date


class Named(_Part):
    """A paragraph that names an initiative, and whether the report can link it: its text was published."""

    publication: Slug
    ref: Ref
    stance: Word
    linked: bool


class ReportedInitiative(_Part):
    """An initiative with everything that was reported about it."""

    slug: Slug
    title: str
    summary: str
    status: Word
    coordinators: list[str]
    """Names of bodies, each once."""
    partners: list[str]
    mentions: list[Named]
    updates: list[ReportedUpdate]
    """The oldest first."""


class Chapter(_Part):
    """An objective of the framework, with the initiatives that serve it."""

    objective: Slug
    number: str | None
    title: str
    initiatives: list[ReportedInitiative]


class Unreported(_Part):
    """An initiative that nobody reported about."""

    slug: Slug
    title: str


class InvolvedPartner(_Part):
    """A partner with the number of initiatives that it takes part in or is in charge of."""

    slug: Slug
    name: str
    initiatives: int


class Report(_Part):
    """The whole report."""

    title: str
    since: date
    since_meeting: Slug | None
    frozen_at: datetime
    positions: dict[str, int]
    chapters: list[Chapter]
    without_objective: list[ReportedInitiative]
    without_update: list[Unreported]
    partners: list[InvolvedPartner]
    """By name."""
