"""What a service does beside answering: its relay, its consumers and its jobs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from aep_shared.database import Database
from aep_shared.database.leadership import Leadership
from aep_shared.flow.consumer import ConsumerGroup
from aep_shared.flow.relay import Relay
from aep_shared.service.jobs import Job, KeptRunning


@dataclass(slots=True)
class Worker:
    """The loops of a service; an API alone has them too, but does not run them."""

    service: str
    flow: Database
    relay: Relay
    groups: list[ConsumerGroup]
    jobs: dict[str, Job] = field(default_factory=dict)
    leaders: dict[str, Leadership] = field(default_factory=dict)
    kept: dict[str, KeptRunning] = field(default_factory=dict)
    """What this process keeps running."""
    working: bool = False

    @property
    def consumed(self) -> frozenset[str]:
        """The types of events that this service reads."""
        return frozenset(topic for group in self.groups for topic in group.topics)

    def stuck(self, seconds: float) -> list[str]:
        """The loops that did no work for so long, and the jobs that failed all that time."""
        loops = {
            **{group.name: group.progress for group in self.groups},
            **{name: leader.progress for name, leader in self.leaders.items()},
        }
        failing = {name: kept.failing_since for name, kept in self.kept.items() if kept.failing_since is not None}
        now = time.monotonic()
        # A loop that starts over and over shows progress each time; since when its job fails counts.
        return [name for name, since in {**loops, **failing}.items() if self.working and now - since > seconds]

    async def run(self) -> None:
        """Runs relay, consumers and jobs until cancelled."""
        self.working = True
        tasks: dict[str, Job] = {group.name: group.run for group in self.groups}
        tasks |= {"relay": self.relay.run, **self.jobs}
        self.kept = {name: KeptRunning(self.flow, self.service, name, task) for name, task in tasks.items()}
        async with asyncio.TaskGroup() as group:
            for name, kept in self.kept.items():
                group.create_task(kept.run(), name=f"{self.service}.{name}")
