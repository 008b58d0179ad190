"""The table of series of meetings."""

from __future__ import annotations

from sqlmodel import Field

from aep_events.tables import Tables
from aep_shared.contracts.events import SeriesRecord
from aep_shared.database.tables import Document, of_document
from aep_shared.registers.tables import Registered, register_indexes


class Series(Registered, Tables, table=True):
    """A series of meetings."""

    __tablename__ = "series"
    __table_args__ = register_indexes("series")

    public: SeriesRecord = Field(sa_type=Document(SeriesRecord))
    kind: str = of_document("kind")
