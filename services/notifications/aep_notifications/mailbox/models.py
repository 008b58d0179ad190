"""The table of the built-in mailbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, func, text
from sqlmodel import Field

from aep_notifications.tables import Tables
from aep_shared.database.tables import moment
from aep_shared.ids import new_id


class KeptMail(Tables, table=True):
    """A mail to one address, as it came."""

    __tablename__ = "mailbox"
    __table_args__ = (Index("mailbox_by_recipient", text("lower(recipient)"), "received_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    received_at: datetime = moment(server_default=func.clock_timestamp())
    sender: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Text)
    raw: bytes = Field(sa_type=LargeBinary)
