"""How often something may be done: a bucket of permits that fills with time, counted where all workers see it.

A route declares its limits in `guarded_by`; they are taken before the body is read, in a commit of their own, so that
an attempt counts however it ends. A program that reads `RateLimit` knows when to come again.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import Request
from sqlalchemy import text

from aep_shared.access.actor import Actor
from aep_shared.database import Database
from aep_shared.errors import TooManyRequests
from aep_shared.web.proxies import Network, client_address, network_of

_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once; all of them come back within so many seconds."""

    permits: int
    seconds: float

    def times(self, factor: float) -> Rate:
        return replace(self, permits=max(1, round(self.permits * factor)))


@dataclass(frozen=True, slots=True)
class Limit:
    """How often one account, one address and one network (/24, /64 of IPv6) may do what `name` says."""

    name: str
    account: Rate | None = None
    address: Rate | None = None
    network: Rate | None = None


@dataclass(frozen=True, slots=True)
class _Bucket:
    name: str
    rate: Rate
    key: bytes

    @property
    def policy(self) -> str:
        return f'"{self.name}";q={self.rate.permits};w={self.rate.seconds:.0f}'

    def state(self, full_in: float) -> str:
        """What is left, and in how many seconds all is there again."""
        left = (self.rate.seconds - full_in) * self.rate.permits / self.rate.seconds
        return f'"{self.name}";r={max(0, math.floor(left + 1e-6))};t={math.ceil(full_in)}'


class Limiter:
    """Takes permits from the buckets of this service's database."""

    def __init__(self, database: Database, trusted: Sequence[Network], factor: float = 1.0) -> None:
        self._database = database
        self._trusted = trusted
        self._factor = factor
        self._refused: dict[bytes, float] = {}

    async def take(self, request: Request, actor: Actor, limits: Sequence[Limit]) -> dict[str, str]:
        """Takes a permit from each bucket that concerns the request; the headers that tell of them.

        Raises `TooManyRequests`.
        """
        buckets = [bucket for limit in limits for bucket in self._buckets(request, actor, limit)]
        if not buckets:
            return {}
        for bucket in buckets:
            self._check_remembered(bucket)
        full_in = await self._taken(buckets)
        for bucket in buckets:
            if bucket.key not in full_in:
                await self._refuse(bucket)
        return {
            "RateLimit-Policy": ", ".join(bucket.policy for bucket in buckets),
            "RateLimit": ", ".join(bucket.state(full_in[bucket.key]) for bucket in buckets),
        }

    def _buckets(self, request: Request, actor: Actor, limit: Limit) -> list[_Bucket]:
        address = client_address(request, self._trusted)
        chosen = (
            ("account", limit.account if actor.subject else None, actor.name),
            ("address", limit.address, str(address)),
            ("network", limit.network, str(network_of(address))),
        )
        return [
            _bucket(f"{limit.name}-{kind}", rate.times(self._factor), whose) for kind, rate, whose in chosen if rate
        ]

    async def _taken(self, buckets: Sequence[_Bucket]) -> Mapping[bytes, float]:
        """By key, in how many seconds each bucket is full again; a bucket that is empty is missing."""
        # In one order for everybody, so that two requests never wait for each other.
        ordered = sorted(buckets, key=lambda bucket: bucket.key)
        async with self._database.connection(wakes=False) as connection:
            rows = await connection.execute(_TAKE, _columns(ordered))
            return {bytes(row.key): float(row.full_in) for row in rows}

    async def _refuse(self, bucket: _Bucket) -> None:
        async with self._database.reading() as session:
            full_in = float(await session.scalar(_LOOK, {"key": bucket.key}) or 0.0)
        wait = max(0.1, full_in + bucket.rate.seconds / bucket.rate.permits - bucket.rate.seconds)
        if len(self._refused) >= _MOST_REMEMBERED:
            self._refused.clear()
        self._refused[bucket.key] = asyncio.get_running_loop().time() + wait
        raise _refusal(bucket, wait)

    def _check_remembered(self, bucket: _Bucket) -> None:
        """Who was refused a moment ago is refused without asking the database: a flood costs it nothing."""
        wait = self._refused.get(bucket.key, 0.0) - asyncio.get_running_loop().time()
        if wait > 0:
            raise _refusal(bucket, wait)
        self._refused.pop(bucket.key, None)


def _bucket(name: str, rate: Rate, whose: str) -> _Bucket:
    """A bucket whose key does not show whose it is."""
    return _Bucket(name, rate, hashlib.sha256(f"{name} {whose}".encode()).digest())


def _columns(buckets: Sequence[_Bucket]) -> dict[str, object]:
    return {
        "keys": [bucket.key for bucket in buckets],
        "each": [bucket.rate.seconds / bucket.rate.permits for bucket in buckets],
        "windows": [bucket.rate.seconds for bucket in buckets],
    }


def _refusal(bucket: _Bucket, wait: float) -> TooManyRequests:
    problem = TooManyRequests()
    problem.headers |= {
        "Retry-After": str(math.ceil(wait)),
        "RateLimit-Policy": bucket.policy,
        "RateLimit": f'"{bucket.name}";r=0;t={math.ceil(wait)}',
    }
    return problem


# A row says when its bucket is full again. A permit moves that moment on, at most to one window from now.
_TAKE = text("""
INSERT INTO rate_limits AS known (key, full_at, window_length)
SELECT key, statement_timestamp() + make_interval(secs => each), make_interval(secs => window_length)
FROM unnest(CAST(:keys AS bytea[]), CAST(:each AS float8[]), CAST(:windows AS float8[])) AS w (key, each, window_length)
ON CONFLICT (key) DO UPDATE SET
    full_at = greatest(known.full_at, statement_timestamp()) + (excluded.full_at - statement_timestamp()),
    window_length = excluded.window_length
WHERE greatest(known.full_at, statement_timestamp()) + (excluded.full_at - statement_timestamp())
    <= statement_timestamp() + excluded.window_length
RETURNING key, extract(epoch FROM full_at - statement_timestamp())::float8 AS full_in
""")
_LOOK = text("SELECT extract(epoch FROM full_at - clock_timestamp())::float8 FROM rate_limits WHERE key = :key")
