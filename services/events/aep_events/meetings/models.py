"""The table of meetings."""

from __future__ import annotations

from sqlmodel import Field

from aep_events.tables import Tables
from aep_shared.contracts.events import MeetingRecord
from aep_shared.database.tables import Document, of_document
from aep_shared.registers.tables import Registered, register_indexes


class Meeting(Registered, Tables, table=True):
    """A meeting."""

    __tablename__ = "meetings"
    __table_args__ = register_indexes("meetings")

    public: MeetingRecord = Field(sa_type=Document(MeetingRecord))
    kind: str = of_document("kind")
    series: str | None = of_document("series")
    date_status: str = of_document("date_status")
    host: str | None = of_document("host")
