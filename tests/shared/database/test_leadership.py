"""Leadership: one at a time, replaced after a silence, and never held by somebody whom nobody can replace."""

from __future__ import annotations

import asyncio

import pytest

from aep_shared.database import Database
from aep_shared.database.leadership import Leadership, LeadershipLost
from aep_shared.timing import Timing
from tests.shared.flowing import connected, until
from tests.shared.timing import FAST


async def test_a_second_candidate_waits_and_then_leads_with_a_higher_epoch(database: Database) -> None:
    first, second = Leadership(database, "task", FAST), Leadership(database, "task", FAST)
    await first.acquire()
    waiting = asyncio.ensure_future(second.acquire())
    other = Leadership(database, "another task", FAST)
    await other.acquire()
    assert not waiting.done()
    first.release()
    await waiting
    assert second.epoch == first.epoch + 1
    second.release()
    other.release()


async def test_a_leader_that_renews_is_not_replaced_and_a_silent_one_is(database: Database) -> None:
    timing = Timing(deadline=0.1, request_timeout=1.0, silence=0.5, settle=0.1)
    first, second = Leadership(database, "task", timing), Leadership(database, "task", timing)
    await first.acquire()
    waiting = asyncio.ensure_future(second.acquire())
    for _ in range(20):
        await asyncio.sleep(0.05)
        await first.renew()
    assert not waiting.done()
    await asyncio.wait_for(waiting, 10)
    await asyncio.sleep(0.1)
    with pytest.raises(LeadershipLost):
        await first.renew()
    first.release()
    second.release()


async def test_a_leader_may_act_only_until_its_deadline(database: Database) -> None:
    leader = Leadership(database, "task", Timing(deadline=0.2, request_timeout=1.0, silence=5.0, settle=0.1))
    await leader.acquire()
    leader.check()
    await asyncio.sleep(0.25)
    with pytest.raises(LeadershipLost):
        leader.check()
    await leader.renew()
    leader.check()
    leader.release()


async def test_a_renewal_of_an_older_epoch_is_refused(database: Database) -> None:
    leader = Leadership(database, "task", Timing(deadline=0.0, request_timeout=1.0, silence=5.0, settle=0.1))
    await leader.acquire()
    async with connected(database) as other:
        await other.execute("UPDATE leaders SET epoch = epoch + 1")
    with pytest.raises(LeadershipLost):
        await leader.renew()
    leader.release()


async def test_nobody_holds_the_lock_without_being_known_as_its_holder(database: Database) -> None:
    """A process that hangs between taking the lock and saying so could never be replaced."""
    leader = Leadership(database, "task", FAST)
    async with connected(database) as other:
        await other.execute("BEGIN; LOCK TABLE leaders IN ACCESS EXCLUSIVE MODE")
        acquiring = asyncio.ensure_future(leader.acquire())
        await until(lambda: other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        held = await other.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        await other.execute("COMMIT")
        await acquiring
        assert held == 0
        known = await other.fetchval(
            "SELECT count(*) FROM leaders JOIN pg_locks ON pid = backend_pid AND locktype = 'advisory'"
        )
        assert known == 1
    leader.release()


async def test_a_process_id_that_is_used_again_is_not_ended(database: Database) -> None:
    async with connected(database) as innocent:
        await innocent.execute(
            "INSERT INTO leaders (name, epoch, backend_pid, backend_start, seen_at)"
            " VALUES ('task', 4, pg_backend_pid(), now() - interval '1 day', now() - interval '1 hour')"
        )
        await innocent.execute("SELECT pg_advisory_lock(hashtextextended('leader:task', 0))")
        leader = Leadership(database, "task", FAST)
        acquiring = asyncio.ensure_future(leader.acquire())
        # Long enough for the candidate to count the holder as silent.
        await asyncio.sleep(FAST.silence + 0.8)
        assert not innocent.is_closed()
        await innocent.execute("SELECT pg_advisory_unlock_all()")
        await acquiring
        assert leader.epoch == 5
    leader.release()


async def test_a_renewal_counts_from_when_it_was_asked_not_from_when_it_was_answered(database: Database) -> None:
    """The database noted it at some moment in between: another may count the silence from the start of it."""
    leader = Leadership(database, "task", Timing(deadline=0.5, request_timeout=5.0, silence=60.0, settle=0.1))
    await leader.acquire()
    await asyncio.sleep(0.3)
    async with connected(database) as other:
        await other.execute("BEGIN; UPDATE leaders SET seen_at = seen_at")
        renewing = asyncio.ensure_future(leader.renew())
        await until(lambda: other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        await asyncio.sleep(0.6)
        await other.execute("COMMIT")
        await renewing
    with pytest.raises(LeadershipLost):
        leader.check()
    leader.release()


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_step_of_the_clock_neither_replaces_a_leader_that_works_nor_keeps_one_that_hangs(
    database: Database, hours: int
) -> None:
    timing = Timing(deadline=0.1, request_timeout=1.0, silence=1.0, settle=0.1)
    first, second = Leadership(database, "task", timing), Leadership(database, "task", timing)
    await first.acquire()
    waiting = asyncio.ensure_future(second.acquire())
    async with connected(database) as clock:
        for _ in range(10):
            # What the clock said before it was set is now far ahead or far behind.
            await clock.execute(f"UPDATE leaders SET seen_at = seen_at + interval '{hours} hours'")
            await asyncio.sleep(0.15)
            await first.renew()
        assert not waiting.done()
        await clock.execute(f"UPDATE leaders SET seen_at = seen_at + interval '{hours} hours'")
        await asyncio.wait_for(waiting, 10)
    first.release()
    second.release()
