"""The register of series of meetings: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_events import policies
from aep_events.series.models import Series
from aep_events.series.schemas import SeriesOut, SeriesQuery
from aep_shared.contracts import topics
from aep_shared.contracts.events import SeriesRecord
from aep_shared.registers.register import Register

SERIES = Register(
    "series",
    "series",
    table=Series,
    record=SeriesRecord,
    out=SeriesOut,
    query=SeriesQuery,
    topic=topics.SERIES,
    change=policies.change_meeting,
    remove=policies.remove_record,
    example={"title": {"en": "A title"}},
)
