"""Limits count every attempt, for each account, address and network, in all workers together."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from aep_shared.access.limits import Limit, Rate
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.errors import NotFound
from aep_shared.service import housekeeping
from tests.shared.http.conftest import Small, as_

LIMIT = Limit("trying", account=Rate(3, 3600), address=Rate(5, 3600), network=Rate(8, 3600))


@pytest.fixture
def limited(small: Small) -> Small:
    @small.router.post("/try", **guarded_by(PUBLIC, LIMIT))
    async def attempt() -> None:
        raise NotFound()

    return small


async def _tries(service: Small, times: int, address: str, **headers: str) -> list[int]:
    async with service.client(address=address) as client:
        return [(await client.post("/try", headers=headers)).status_code for _ in range(times)]


async def test_failed_attempts_of_an_address_count(limited: Small) -> None:
    assert await _tries(limited, 7, "203.0.113.7") == [404] * 5 + [429] * 2


async def test_workers_count_together(limited: Small) -> None:
    one, other = limited.app(), limited.app()
    async with limited.client(one) as first, limited.client(other) as second:
        answers = await asyncio.gather(*(client.post("/try") for _ in range(5) for client in (first, second)))
    assert sorted(a.status_code for a in answers) == [404] * 5 + [429] * 5


async def test_the_addresses_of_one_network_count_together(limited: Small) -> None:
    assert await _tries(limited, 5, "203.0.113.7") == [404] * 5
    assert await _tries(limited, 4, "203.0.113.200") == [404] * 3 + [429]
    assert await _tries(limited, 1, "203.0.114.7") == [404]
    assert await _tries(limited, 5, "2001:db8::1") == [404] * 5
    assert await _tries(limited, 4, "2001:db8::ffff:1") == [404] * 3 + [429]
    assert await _tries(limited, 1, "2001:db8:0:1::1") == [404]


async def test_an_account_counts_wherever_it_comes_from(limited: Small) -> None:
    alice = as_("alice")
    assert await _tries(limited, 2, "203.0.113.7", **alice) == [404] * 2
    assert await _tries(limited, 2, "198.51.100.7", **alice) == [404, 429]
    assert await _tries(limited, 1, "198.51.100.7", **as_("bob")) == [404]


async def test_a_refusal_says_when_to_come_again(limited: Small) -> None:
    async with limited.client() as client:
        first = await client.post("/try", headers=as_("alice"))
        for _ in range(3):
            last = await client.post("/try", headers=as_("alice"))
    assert first.headers["ratelimit-policy"].startswith('"trying-account";q=3;w=3600, "trying-address";q=5')
    assert first.headers["ratelimit"].startswith('"trying-account";r=2;t=1200')
    assert (last.status_code, last.json()["code"]) == (429, "too-many-requests")
    assert 1100 < int(last.headers["retry-after"]) <= 1200
    assert last.headers["ratelimit"].startswith('"trying-account";r=0;')


async def test_permits_come_back_with_time(limited: Small) -> None:
    assert await _tries(limited, 6, "203.0.113.7") == [404] * 5 + [429]
    async with limited.database.connection() as connection:
        await connection.execute(text("UPDATE rate_limits SET full_at = full_at - interval '721 seconds'"))
    # Another worker has not been told of the refusal and looks at once.
    assert await _tries(limited, 2, "203.0.113.7") == [404, 429]


async def test_a_flood_of_refusals_asks_the_database_no_more(limited: Small) -> None:
    app = limited.app()
    async with limited.client(app) as client:
        for _ in range(6):
            await client.post("/try")
        await limited.database.close()
        async with limited.database.connection() as connection:
            await connection.execute(text("ALTER TABLE rate_limits RENAME TO away"))
        assert (await client.post("/try")).status_code == 429


async def test_a_stranger_cannot_choose_the_address_that_counts(limited: Small) -> None:
    async with limited.client(address="203.0.113.7") as client:
        answers = [await client.post("/try", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(6)]
    assert [a.status_code for a in answers] == [404] * 5 + [429]


async def test_behind_a_trusted_proxy_the_last_address_that_it_names_counts(limited: Small) -> None:
    async with limited.client(address="127.0.0.1") as client:
        forged = [await client.post("/try", headers={"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.7"}) for n in range(6)]
        other = await client.post("/try", headers={"X-Forwarded-For": "198.51.100.7"})
        proxies = [await client.post("/try", headers={"X-Forwarded-For": "192.0.2.1, 127.0.0.1"}) for _ in range(6)]
    assert [a.status_code for a in forged] == [404] * 5 + [429]
    assert other.status_code == 404
    assert [a.status_code for a in proxies] == [404] * 5 + [429]


async def test_what_is_full_again_is_forgotten_and_nothing_shows_whose_it_was(limited: Small) -> None:
    await _tries(limited, 1, "203.0.113.7")
    async with limited.database.connection() as connection:
        keys = (await connection.execute(text("SELECT key FROM rate_limits"))).scalars().all()
        assert len(keys) == 2
        assert not any(b"203.0.113" in key for key in keys)
        await connection.execute(text("UPDATE rate_limits SET full_at = full_at - interval '2 hours'"))
    await housekeeping.clear(limited.database)
    async with limited.database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM rate_limits")) == 0
