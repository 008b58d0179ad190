"""The local operator of the embedded profile: its token lies in the data folder, new at each start."""

from __future__ import annotations

import asyncio

from aep_registry.identity.bootstrap import operator_token
from aep_shared.auth.authenticator import Authenticator
from aep_shared.errors import Problem

from .datafolder import write_private
from .embedded import Embedded

TOKEN_FILE = "operator-token"
RENEWED_EVERY_SECONDS = 86400.0


async def write_token(embedded: Embedded) -> str:
    """Writes the token (mode 0600) and waits until every service accepts it."""
    token = await operator_token(embedded.platforms["registry"])
    write_private(embedded.options.data / TOKEN_FILE, token)
    await asyncio.gather(*(_accepted(platform.authenticator, token) for platform in embedded.platforms.values()))
    return token


async def _accepted(authenticator: Authenticator, token: str) -> None:
    while True:
        try:
            await authenticator.actor(f"Bearer {token}")
            return
        except Problem:
            await asyncio.sleep(0.05)
