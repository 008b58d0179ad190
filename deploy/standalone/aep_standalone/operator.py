"""The local operator: a subject of the embedded profile whose token lies in the data folder, new at each start."""

from __future__ import annotations

import asyncio
import secrets

from aep_registry.identity.bootstrap import ensure_subject
from aep_registry.identity.keys import SigningKeys
from aep_registry.settings import RegistrySettings
from aep_shared import outbox
from aep_shared.auth import tokens
from aep_shared.errors import Problem

from .datafolder import write_private
from .embedded import Embedded

# An address that no mail can reach: this subject signs in with its token only.
ADDRESS = "local-operator@platform.invalid"
TOKEN_FILE = "operator-token"
_TOKEN_SECONDS = 3 * 86400
RENEWED_EVERY_SECONDS = 86400.0


async def write_token(embedded: Embedded) -> str:
    """Publishes the subject, writes its token (mode 0600) and waits until every service accepts it."""
    registry = embedded.platforms["registry"]
    settings = registry.settings
    assert isinstance(settings, RegistrySettings)
    async with registry.database.transaction() as session:
        subject = await ensure_subject(registry, ADDRESS, ("operator",), session)
        published = await outbox.publish(session)
    key = SigningKeys(settings.keys_dir).signing()
    token = tokens.sign(
        key, settings.site_url, subject, secrets.token_urlsafe(12), published[0].version, _TOKEN_SECONDS
    )
    write_private(embedded.options.data / TOKEN_FILE, token)
    await asyncio.gather(*(_accepted(platform.authenticator, token) for platform in embedded.platforms.values()))
    return token


async def _accepted(authenticator: object, token: str) -> None:
    while True:
        try:
            await authenticator.actor(f"Bearer {token}")  # type: ignore[attr-defined]
            return
        except Problem:
            await asyncio.sleep(0.05)
