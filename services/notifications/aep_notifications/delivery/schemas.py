"""What deliveries answer over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from aep_notifications.delivery.models import DeliveryState


class DeliveryOut(BaseModel):
    """A mail to one subscriber, with the last reply of the mail server."""

    subscriber: UUID
    email: str
    state: DeliveryState
    attempts: int
    reply: str | None
    finished_at: datetime | None


class Deliveries(BaseModel):
    """At most a thousand, by name."""

    items: list[DeliveryOut]


class Preview(BaseModel):
    """The mail that an issue makes, in the language that it has nearest to the one asked for."""

    subject: str
    text: str
    html: str
    language: str


class Sending(BaseModel):
    """Why mails are not sent now, in English; nothing where nothing keeps them."""

    waits: str | None
