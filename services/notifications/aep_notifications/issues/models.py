"""The tables of issues and of the updates in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Text, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from aep_notifications.subscriptions.models import Frequency
from aep_notifications.tables import Tables
from aep_shared.database.tables import moment, one_of
from aep_shared.ids import new_id


class IssueState(StrEnum):
    """Where an issue is on its way to its readers."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"


class Issue(Tables, table=True):
    """An issue of a list for the readers of one frequency."""

    __tablename__ = "issues"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    frequency: Frequency = Field(sa_type=one_of(Frequency, "frequency"))
    state: IssueState = Field(
        default=IssueState.DRAFT,
        sa_type=one_of(IssueState),
        sa_column_kwargs={"server_default": IssueState.DRAFT.value},
    )
    title: dict[str, str] = Field(sa_type=JSONB)
    introduction: dict[str, str] = Field(sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})
    content_by: Sequence[UUID] = Field(sa_type=ARRAY(Uuid))
    """Everybody who had a hand in the words or the choice; none of them may approve it."""
    list: str = Field(sa_type=Text, foreign_key="lists.slug")
    approved_by: UUID | None = None
    created_at: datetime = moment(server_default=func.clock_timestamp())
    sent_at: datetime | None = moment()


class IssueUpdate(Tables, table=True):
    """An update in an issue, as it was approved: it stands in one issue of a list and frequency at most.

    Its words are those of the replica, so what is withdrawn is gone from here as well.
    """

    __tablename__ = "issue_items"
    __table_args__ = (UniqueConstraint("list", "frequency", "update_id", "approved_at"),)

    issue: UUID = Field(primary_key=True, foreign_key="issues.id", ondelete="CASCADE")
    list: str = Field(sa_type=Text)
    frequency: Frequency = Field(sa_type=one_of(Frequency, "frequency"))
    update_id: UUID = Field(primary_key=True)
    approved_at: datetime
    position: int
