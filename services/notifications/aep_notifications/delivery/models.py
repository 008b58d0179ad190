"""The tables of deliveries: one mail to one reader, and what went or may have gone to whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, func, text
from sqlmodel import Field

from aep_notifications.tables import Tables
from aep_shared.database.tables import moment, one_of


class DeliveryState(StrEnum):
    """What became of a mail.

    `dropped`: nothing was left for this reader, or the issue was stopped. `left`: it was in doubt, and a person
    decided not to send it again.
    """

    QUEUED = "queued"
    COMMITTED = "committed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in-doubt"
    DROPPED = "dropped"
    LEFT = "left"


def _index(name: str, column: str, state: DeliveryState) -> Index:
    return Index(name, column, postgresql_where=text(f"state = '{state}'"))


def _to_reader(**cascade: Any) -> Any:
    return Field(primary_key=True, foreign_key="subscribers.id", **cascade)


class Delivery(Tables, table=True):
    """The mail of an issue to one reader."""

    __tablename__ = "deliveries"
    __table_args__ = (
        _index("deliveries_due", "next_attempt_at", DeliveryState.QUEUED),
        _index("deliveries_open", "state", DeliveryState.COMMITTED),
        _index("deliveries_in_doubt", "finished_at", DeliveryState.IN_DOUBT),
    )

    issue: UUID = Field(primary_key=True, foreign_key="issues.id")
    subscriber: UUID = _to_reader()
    state: DeliveryState = Field(
        default=DeliveryState.QUEUED,
        sa_type=one_of(DeliveryState),
        sa_column_kwargs={"server_default": DeliveryState.QUEUED.value},
    )
    epoch: int | None = Field(default=None, sa_type=BigInteger)
    """Of the leader that committed to send it."""
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    next_attempt_at: datetime = moment(server_default=func.clock_timestamp())
    finished_at: datetime | None = moment()
    reply: str | None = Field(default=None, sa_type=Text)


class DeliveredItem(Tables, table=True):
    """What went, or may have gone, to whom: a mail takes its updates by inserting them here, so none comes twice.

    An update that was withdrawn and approved anew is another one: it is named by the moment of its approval as well.
    """

    __tablename__ = "delivered_items"

    subscriber: UUID = _to_reader(ondelete="CASCADE")
    update_id: UUID = Field(primary_key=True)
    approved_at: datetime = Field(primary_key=True)
    issue: UUID = Field(foreign_key="issues.id")
