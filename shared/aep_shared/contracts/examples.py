"""What the examples of events are made of; each stands beside its model.

What they say of real bodies is in the process data set; initiatives, updates, meetings and texts are fictitious.
"""

from __future__ import annotations

from uuid import UUID

from aep_shared.contracts.base import Source

CONCLUSIONS = "asemme8-chairs-conclusions"
STRATEGY = "asem-education-strategy-2030"
INFO_BOARD = Source(name="ASEM InfoBoard: partners", url="http://www.aseminfoboard.org/Contact")


def example_id(number: int) -> UUID:
    """A UUIDv7 of 15 December 2021, told from the others by its last digits."""
    return UUID(f"017dbb63-8000-7000-8000-{number:012d}")


def said_in(ref: str) -> Source:
    return Source(publication=CONCLUSIONS, ref=ref)


DEMO = Source(name="Fictitious demo data", url="https://example.org/demo")
