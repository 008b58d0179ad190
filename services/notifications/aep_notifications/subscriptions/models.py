"""The tables of lists and of who receives them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from aep_notifications.tables import Tables
from aep_shared.database.tables import moment, one_of
from aep_shared.ids import new_id

_NOW = func.clock_timestamp()


class Frequency(StrEnum):
    """How often a reader is written to."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SubscriberState(StrEnum):
    """Whether a reader is written to: nobody is who did not open the link that was mailed."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class MailingList(Tables, table=True):
    """A list that can be subscribed to; `about_types` are the records that its updates are about, or all."""

    __tablename__ = "lists"

    slug: str = Field(sa_type=Text, primary_key=True)
    title: dict[str, str] = Field(sa_type=JSONB)
    description: dict[str, str] = Field(sa_type=JSONB)
    about_types: list[str] | None = Field(default=None, sa_type=ARRAY(Text))


class Subscriber(Tables, table=True):
    """A reader: the address, and the token of the link by which she or he leaves."""

    __tablename__ = "subscribers"
    __table_args__ = (
        Index("subscribers_by_email", text("lower(email)"), unique=True),
        Index("subscribers_by_token", "token", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(sa_type=Text)
    languages: list[str] = Field(sa_type=ARRAY(Text))
    frequency: Frequency = Field(sa_type=one_of(Frequency, "frequency"))
    state: SubscriberState = Field(
        default=SubscriberState.PENDING,
        sa_type=one_of(SubscriberState),
        sa_column_kwargs={"server_default": SubscriberState.PENDING.value},
    )
    token: str = Field(sa_type=Text)
    requested_at: datetime = moment(server_default=_NOW)
    confirmed_at: datetime | None = moment()
    ended_at: datetime | None = moment()


class Subscription(Tables, table=True):
    """That a reader receives a list: what was approved since then."""

    __tablename__ = "subscriptions"

    subscriber: UUID = Field(primary_key=True, foreign_key="subscribers.id", ondelete="CASCADE")
    list: str = Field(sa_type=Text, primary_key=True, foreign_key="lists.slug")
    since: datetime = moment(server_default=_NOW)


class Confirmation(Tables, table=True):
    """What was asked for and not yet confirmed: confirmed preferences stay until the link is opened."""

    __tablename__ = "confirmations"

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    subscriber: UUID = Field(foreign_key="subscribers.id", ondelete="CASCADE")
    languages: list[str] = Field(sa_type=ARRAY(Text))
    frequency: Frequency = Field(sa_type=one_of(Frequency, "frequency"))
    lists: list[str] = Field(sa_type=ARRAY(Text))
    created_at: datetime = moment(server_default=_NOW)
    expires_at: datetime = moment()
