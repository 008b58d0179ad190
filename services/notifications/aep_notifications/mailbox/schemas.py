"""What the built-in mailbox answers over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Mail(BaseModel):
    """A mail, with its plain text."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    id: UUID
    received_at: datetime
    to: str
    sender: str = Field(alias="from")
    subject: str
    text: str
    headers: dict[str, str]
    has_html: bool


class WholeMail(Mail):
    """The same with its HTML part."""

    html: str | None


class Mails(BaseModel):
    """The newest mails, at most a hundred."""

    items: list[Mail]
