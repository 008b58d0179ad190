"""What runs the platform says which of its parts ended by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from aep_standalone.embedded import Embedded, Options
from aep_standalone.errors import PartEnded


async def _returns() -> None:
    return None


async def _raises() -> None:
    raise ValueError("a bad moment")


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (_returns, "the HTTP server ended by itself"),
        (_raises, "the HTTP server ended by itself: ValueError: a bad moment"),
    ],
)
async def test_a_part_that_ends_is_named(work: object, said: str) -> None:
    embedded = Embedded(Options(Path("unused")))
    lasting = asyncio.create_task(asyncio.Event().wait())
    embedded.parts = [lasting, asyncio.create_task(work(), name="the HTTP server")]  # type: ignore[operator,list-item]
    with pytest.raises(PartEnded) as caught:
        await embedded.ended()
    assert str(caught.value) == said
    lasting.cancel()
