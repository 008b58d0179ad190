"""The local operator of the embedded profile: its token lies in the data folder, new at each start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from aep_registry.identity.bootstrap import operator_token
from aep_shared.access.authenticator import Authenticator
from aep_shared.errors import Problem
from aep_standalone.datafolder import write_private
from aep_standalone.embedded import Embedded

log = structlog.get_logger()

TOKEN_FILE = "operator-token"  # noqa: S105 - the name of a file
RENEWED_EVERY_SECONDS = 86400.0
_RETRIED_AFTER_SECONDS = 60.0


async def write_token(embedded: Embedded) -> str:
    """Writes the token (mode 0600) and waits until every service accepts it."""
    token = await operator_token(embedded.platforms["registry"])
    write_private(embedded.options.data / TOKEN_FILE, token)
    await asyncio.gather(*(_accepted(platform.authenticator, token) for platform in embedded.platforms.values()))
    return token


async def keep_token(
    write: Callable[[], Awaitable[object]],
    every: float = RENEWED_EVERY_SECONDS,
    retried_after: float = _RETRIED_AFTER_SECONDS,
) -> None:
    """Writes the token anew every day, until cancelled; where that fails, again after a minute."""
    pause = every
    while True:
        await asyncio.sleep(pause)
        try:
            await write()
            pause = every
        except Exception:
            log.exception("the operator's token was not renewed")
            pause = retried_after


async def _accepted(authenticator: Authenticator, token: str) -> None:
    while True:
        try:
            await authenticator.actor(f"Bearer {token}")
            return
        except Problem:
            await asyncio.sleep(0.05)
