"""The parts that every service has in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aep_shared.access.authenticator import Authenticator
from aep_shared.access.keys import FetchedKeys, KeySource
from aep_shared.access.rights import Replicated, Rights
from aep_shared.access.seals import Seal, Seals
from aep_shared.contracts.topics import SUBJECT, consumed_by
from aep_shared.database import Database
from aep_shared.eventlog import event_log
from aep_shared.eventlog.port import EventLog
from aep_shared.flow.awaiting import Awaiting
from aep_shared.flow.consumer import ConsumerGroup, Hook
from aep_shared.flow.consumer.group import nothing
from aep_shared.flow.outbox import Aggregate
from aep_shared.flow.relay import Relay
from aep_shared.service import housekeeping
from aep_shared.service.doctor import Doctor, Rounds
from aep_shared.service.jobs import every
from aep_shared.service.platform import Platform
from aep_shared.service.settings import ServiceSettings
from aep_shared.service.worker import Worker

_FLOW_CONNECTIONS = 5


def compose(
    service: str,
    settings: ServiceSettings,
    *,
    keys: KeySource | None = None,
    rights: Callable[[Database], Rights] = Replicated,
    seal: Seal | None = None,
    hook: Hook = nothing,
    aggregates: list[Aggregate] | None = None,
    forgets: Sequence[str] = (),
) -> Platform:
    """The parts that every service has in the same way.

    `keys`, `rights` and `seal` are the registry's own: the others fetch its keys and believe its topic of subjects.
    `forgets` are statements that remove what the service need not know any more; they run every hour.
    """
    timing = settings.timing
    database = Database(
        settings.database_url, pool_size=settings.pool_size, application=f"aep-{service}", call=timing.request_timeout
    )
    # Whatever takes longer than the silence, another has taken over meanwhile.
    flow = database.apart(pool_size=_FLOW_CONNECTIONS, longest=timing.silence)
    the_log = event_log(settings.event_log_url, silence=timing.silence)
    source = keys or FetchedKeys(database, f"{settings.registry_url}/api/registry/v1/keys")
    # The subject topic has a group of its own that stops rather than sets an event aside: rights must be complete.
    groups = [
        ConsumerGroup(
            flow, the_log, f"{service}.identity", [SUBJECT], strict=True, timing=timing, believes=Seals(source).believes
        )
    ]
    others = [topic for topic in consumed_by(service) if topic != SUBJECT]
    if others:
        groups.append(ConsumerGroup(flow, the_log, service, others, hook=hook, timing=timing))
    relay = Relay(flow, the_log, service, timing=timing, poll=settings.pause, seal=seal)
    doctor = Doctor(flow, the_log, aggregates or [])
    jobs = {
        "rounds": Rounds(flow, the_log, doctor, relay).run,
        "housekeeping": every(housekeeping.CLEAR_EVERY_SECONDS, lambda: _keep_house(database, the_log, forgets)),
        "figures": every(
            housekeeping.FIGURES_EVERY_SECONDS,
            lambda: housekeeping.read_figures(flow, service, groups, relay),
        ),
    }
    return Platform(
        service=service,
        settings=settings,
        database=database,
        flow=flow,
        event_log=the_log,
        authenticator=Authenticator(rights(database), source, settings.site_url),
        awaiting=Awaiting(database),
        doctor=doctor,
        worker=Worker(service, flow, relay, groups, jobs, leaders={"relay": relay.leadership}),
        aggregates=aggregates or [],
    )


async def _keep_house(database: Database, the_log: EventLog, forgets: Sequence[str]) -> None:
    await housekeeping.clear(database, forgets)
    await the_log.maintain()
