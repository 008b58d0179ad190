"""What cites a paragraph: initiatives with their stance, updates, and meetings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aep_website.client import Record, together
from aep_website.lookups import INITIATIVES, MEETINGS, UPDATES
from aep_website.visit import Visit


@dataclass(slots=True)
class Cited:
    """The records that cite one paragraph."""

    initiatives: list[tuple[Record, str]] = field(default_factory=list)
    updates: list[Record] = field(default_factory=list)
    meetings: list[Record] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.initiatives or self.updates or self.meetings)


async def citations(visit: Visit, publication: str) -> Mapping[str, Cited]:
    """By reference, what cites the paragraphs of a publication."""
    initiatives, meetings, updates = await together(
        visit.register(INITIATIVES), visit.register(MEETINGS), visit.register(UPDATES, state="approved")
    )
    return collect(publication, initiatives, updates, meetings)


def collect(
    publication: str, initiatives: Iterable[Record], updates: Iterable[Record], meetings: Iterable[Record]
) -> Mapping[str, Cited]:
    """The same from records that are at hand."""
    found: dict[str, Cited] = defaultdict(Cited)
    for initiative in initiatives:
        for mention in initiative.get("mentions", ()):
            if mention["publication"] == publication:
                found[mention["ref"]].initiatives.append((initiative, mention["stance"]))
    for update in updates:
        for ref in _refs(update.get("mentions", ()), publication):
            found[ref].updates.append(update)
    for meeting in meetings:
        for ref in _refs(meeting.get("sources", ()), publication):
            found[ref].meetings.append(meeting)
    return found


def _refs(citing: Iterable[Record], publication: str) -> list[str]:
    refs = (entry["ref"] for entry in citing if entry.get("publication") == publication and entry.get("ref"))
    return list(dict.fromkeys(refs))
