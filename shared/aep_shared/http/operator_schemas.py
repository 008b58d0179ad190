"""What the routes for operators answer, the same in every service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class AppliedEvent(BaseModel):
    """The newest event of an aggregate that a service has applied, and when."""

    type: str
    key: str
    version: int
    """The moment of the change in microseconds since 1970, or one more than the version before."""
    deleted: bool
    applied_at: datetime
    derived_at: datetime | None
    """When what the service derives from it was caught up, such as its documents in the index."""


class DeadLetter(BaseModel):
    """An event that a service could not apply, and why."""

    id: UUID
    group: str
    topic: str
    partition: int
    offset: int
    key: str
    version: int | None
    error: str
    state: Literal["open", "settled", "replayed", "discarded"]
    attempts: int
    failed_at: datetime


class WholeDeadLetter(DeadLetter):
    """The same with the stack of the failure and the event itself."""

    stack: str
    headers: dict[str, str]
    value: str | None


class DeadLetters(BaseModel):
    """At most 500 of them, the oldest first."""

    items: list[DeadLetter]


class ClosedDeadLetter(BaseModel):
    """What became of it."""

    id: UUID
    state: Literal["replayed", "discarded"]


class SetAside(BaseModel):
    """What a job could not do after several attempts."""

    job: str
    item: str
    attempts: int
    reason: str | None
    aside_at: datetime


class SetAsideItems(BaseModel):
    """At most 500 of them, the newest first."""

    items: list[SetAside]


class Waiting(BaseModel):
    """The job takes the item again."""

    job: str
    item: str
    state: Literal["waiting"] = "waiting"


class Unexamined(BaseModel):
    """What could not be looked at: a record, or a whole topic."""

    topic: str | None
    key: str | None
    problem: str


class Examination(BaseModel):
    """How an examination went, or how far it is."""

    errors: list[Unexamined]
    started_at: datetime | None
    finished_at: datetime | None
    running: bool


class Republished(Examination):
    """How many records of each topic were published anew."""

    published: dict[str, int]


class Examined(Examination):
    """How many records of each topic were wrong and are published anew."""

    counts: dict[str, int]


class JobFailure(BaseModel):
    """The last failure of a job; `recovered_at` says since when it works again."""

    job: str
    message: str
    failures: int
    failed_at: datetime
    recovered_at: datetime | None


class Report(BaseModel):
    """The state of every part of a service; what the database would have to say is null while it is away."""

    service: str
    checks: Mapping[str, str]
    relay: str | None
    """Why the relay of this process stands still."""
    outbox_waiting: int | None = None
    dead_letters_open: int | None = None
    set_aside: int | None = None
    jobs: list[JobFailure] = []
    groups: Mapping[str, str | None] = {}
    """Each consumer group, with what holds it up."""
    mended: Mapping[str, int] = {}
    """How many records of each topic were wrong and are published anew."""
    examined: Examined | None = None
    republished: Examined | None = None


class MailFence(BaseModel):
    """Whether this database may send mail, and who said so of a copy."""

    open: bool
    lifted_by: str | None
    lifted_at: datetime | None
