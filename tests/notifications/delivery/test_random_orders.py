"""Whatever the order of what happens, each reader gets what she or he is entitled to exactly once.

The order is random; its seed is in the name of the test. A small model says what each reader has to have at the end:
every update that was approved while the reader was on the list and that was public when an issue brought it.
"""

from __future__ import annotations

import contextlib
import random
import re
from collections import Counter
from functools import partial
from uuid import UUID

import pytest

from aep_notifications.errors import NothingToReport, WrongIssueState
from aep_notifications.issues import service as issues
from aep_shared.database import Database
from tests.notifications.newsletters import (
    DEPUTY,
    approved,
    assembled,
    due_now,
    finished,
    reader,
    sender,
    sent,
    withdraw,
)
from tests.shared.flowing import running, until
from tests.shared.smtp import Smtp, drops, says, smtp_server
from tests.shared.statements import run, values

LISTS, FREQUENCIES = ("newsletter", "initiatives"), ("weekly", "monthly")
STEPS = 30


class World:
    """The installation, its readers and the model of what they must have."""

    def __init__(self, database: Database, server: Smtp, seed: int) -> None:
        self.database, self.server, self.random = database, server, random.Random(seed)
        self.readers: dict[str, UUID] = {}
        self.left: dict[str, int] = {}
        self.withdrawn: dict[str, int] = {}
        """Of each reader who left, and of each update that was withdrawn, how many mails had gone out before."""
        self.updates: dict[str, tuple[str, set[str]]] = {}
        """Of each update its identifier and who was on a list when it was approved."""
        self.issues: list[UUID] = []

    async def begin(self) -> None:
        for number in range(4):
            address = f"r{number}@reader.example"
            chosen = self.random.sample(LISTS, self.random.randint(1, 2))
            self.readers[address] = await reader(
                self.database, address, self.random.choice(FREQUENCIES), dict.fromkeys(chosen, "2026-01-01T00:00:00Z")
            )

    async def approve(self) -> None:
        title = f"update-{len(self.updates):03}-"
        key = await approved(self.database, title, f"2026-02-01T00:{len(self.updates):02}:00Z")
        self.updates[title] = key, set(self.readers) - set(self.left)

    async def assemble(self) -> None:
        with contextlib.suppress(NothingToReport):
            made = await assembled(self.database, self.random.choice(LISTS), self.random.choice(FREQUENCIES))
            self.issues.append(made)

    async def send(self) -> None:
        if self.issues:
            made = self.issues.pop(self.random.randrange(len(self.issues)))
            with contextlib.suppress(NothingToReport):
                await sent(self.database, made)

    async def stop(self) -> None:
        for issue in (await values(self.database, "SELECT id FROM issues WHERE state = 'sending'"))[:1]:
            with contextlib.suppress(WrongIssueState):
                async with self.database.transaction() as session:
                    await issues.stop(session, DEPUTY, issue, None)

    async def withdraw(self) -> None:
        if titles := sorted(set(self.updates) - set(self.withdrawn)):
            title = self.random.choice(titles)
            await withdraw(self.database, self.updates[title][0])
            self.withdrawn[title] = len(self.server.got)

    async def leave(self) -> None:
        address = self.random.choice(sorted(self.readers))
        self.left.setdefault(address, len(self.server.got))
        await run(self.database, "UPDATE subscribers SET state = 'unsubscribed' WHERE email = :email", email=address)
        await run(self.database, "DELETE FROM subscriptions WHERE subscriber = :id", id=self.readers[address])

    async def change_frequency(self) -> None:
        frequency, address = self.random.choice(FREQUENCIES), self.random.choice(sorted(self.readers))
        await run(
            self.database,
            "UPDATE subscribers SET frequency = :frequency WHERE email = :email",
            frequency=frequency,
            email=address,
        )

    async def deliver(self) -> None:
        """Runs a sender against a server in some mood; sometimes the sender ends in the middle."""
        mood = self.random.choice(["well", "defers", "refuses", "loses", "ends"])
        at, step = {
            "defers": (says("450 later", times=3), "RCPT"),
            "refuses": (says("550 no", times=1), "RCPT"),
            "loses": (drops(times=1), "body"),
        }.get(mood, (None, ""))
        self.server.at = {step: at} if at else {}
        enough = self.random.randint(1, 3) + len(self.server.got)
        async with running(sender(self.database, self.server).run):
            await until(lambda: self._done(enough if mood == "ends" else None))
        self.server.at = {}

    async def _done(self, enough: int | None) -> bool:
        await due_now(self.database)
        return await finished(self.database) or (enough is not None and len(self.server.got) >= enough)

    async def settle_everything(self) -> None:
        """Brings out all that waits, with a last update in each list and frequency to carry what was refused."""
        await self.approve()
        for slug in LISTS:
            for frequency in FREQUENCIES:
                with contextlib.suppress(NothingToReport):
                    self.issues.append(await assembled(self.database, slug, frequency))
        while self.issues:
            await self.send()
        async with running(sender(self.database, self.server).run):
            await until(partial(self._done, None))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_each_reader_gets_what_is_due_exactly_once_in_any_order(notifications: Database, seed: int) -> None:
    async with smtp_server() as server:
        world = World(notifications, server, seed)
        await world.begin()
        steps = [world.approve, world.assemble, world.send, world.deliver]
        rare = [world.stop, world.withdraw, world.leave, world.change_frequency]
        for _ in range(STEPS):
            await world.random.choice(steps * 3 + rare)()
        await world.settle_everything()
        got = Counter(
            (to, found.decode()) for to, raw in server.got for found in re.findall(rb"text of (update-\d+-)", raw)
        )
    doubtful = set(
        await values(
            notifications,
            "SELECT s.email FROM deliveries d JOIN subscribers s ON s.id = d.subscriber WHERE d.state = 'in-doubt'",
        )
    )
    assert all(b"text of" in raw for _, raw in server.got), "an empty mail"
    # The words stand in the text and in the HTML part.
    assert set(got.values()) <= {2}
    for title, mails in world.withdrawn.items():
        assert not any(f"text of {title}".encode() in raw for _, raw in server.got[mails:]), title
    for address, mails in world.left.items():
        assert address not in {to for to, _ in server.got[mails:]}
    for title, (_, entitled) in world.updates.items():
        have = {to for to, found in got if found == title}
        assert have <= entitled
        if title not in world.withdrawn:
            assert have | doubtful >= entitled - set(world.left), title
