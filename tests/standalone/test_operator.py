"""The operator's token is kept fresh whatever happens once."""

from __future__ import annotations

from functools import partial

from aep_standalone.operator import keep_token
from tests.shared.flowing import running, until


async def test_a_token_that_could_not_be_renewed_is_renewed_later() -> None:
    written: list[str] = []

    async def write() -> None:
        written.append("tried" if not written else "written")
        if written == ["tried"]:
            raise OSError("the disk is full")

    async with running(partial(keep_token, write, every=0.01, retried_after=0.01)):
        await until(lambda: written[:2] == ["tried", "written"])
