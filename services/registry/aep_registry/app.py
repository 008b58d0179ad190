"""The composition root of the registry: settings are read here and passed down."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from aep_registry.identity import repository as identity
from aep_registry.identity.keys import SigningKeys
from aep_registry.identity.router import identity_routes
from aep_registry.identity.service import Signer
from aep_registry.kinds import KINDS
from aep_registry.settings import RegistrySettings
from aep_registry.updates import repository as updates
from aep_registry.updates.router import router as update_routes
from aep_shared.auth.authenticator import HEARTBEATS
from aep_shared.http.app import create_api
from aep_shared.http.record_routes import register_routes
from aep_shared.mail import MailSender, SmtpServer
from aep_shared.service import Platform, compose, every
from aep_shared.settings import load

# Several fit into the bound within which the other services need one.
HEARTBEAT_SECONDS = 10.0


def build(environ: Mapping[str, str]) -> tuple[Platform, FastAPI]:
    """The registry with everything it consists of.

    Raises `SettingsError`.
    """
    settings = load(RegistrySettings, "registry", environ)
    keys = SigningKeys(settings.keys_dir)
    keys.ensure()
    aggregates = [*(kind.aggregate for kind in KINDS), updates.AGGREGATE, identity.SUBJECTS]
    platform = compose("registry", settings, keys=keys, aggregates=aggregates, forgets=identity.FORGETS)
    platform.jobs["heartbeat"] = every(HEARTBEAT_SECONDS, lambda: _beat(platform))
    if settings.smtp_url:
        server = SmtpServer(settings.smtp_url)
        platform.jobs["mail"] = MailSender(
            platform.database, "registry", server, settings.mail_from, poll=settings.pause
        ).run
    routers = [register_routes(kind, {"name": {"en": "A name"}}) for kind in KINDS]
    routers += [update_routes, identity_routes(Signer(keys, settings.site_url), settings.site_url)]
    app = create_api(platform, routers, title="Registry", description=(
        "Partners, organisations, groups, frameworks, initiatives and updates; people, roles and tokens."))  # fmt: skip
    return platform, app


async def _beat(platform: Platform) -> None:
    async with platform.database.connection() as connection:
        await identity.beat(connection, HEARTBEATS)
