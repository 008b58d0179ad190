"""The composition root of the registry: settings are read here and passed down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import FastAPI

from aep_registry.identity import repository as identity
from aep_registry.identity.keys import SigningKeys
from aep_registry.identity.requests import SignInRequests
from aep_registry.identity.router import identity_routes
from aep_registry.identity.session_repository import FORGETS
from aep_registry.identity.sessions import Signer, forget
from aep_registry.registers import REGISTERS
from aep_registry.settings import RegistrySettings
from aep_registry.updates import repository as updates
from aep_registry.updates.router import router as update_routes
from aep_shared.access.rights import HEARTBEATS
from aep_shared.access.seals import Seals
from aep_shared.http.app import create_api
from aep_shared.http.fence_routes import fence_routes
from aep_shared.mail import Fence, MailSender, SmtpServer
from aep_shared.registers.router import register_routes
from aep_shared.service.compose import compose
from aep_shared.service.housekeeping import CLEAR_EVERY_SECONDS
from aep_shared.service.jobs import every
from aep_shared.service.platform import Platform
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
    subjects = replace(identity.SUBJECTS, believes=Seals(keys).believes)
    aggregates = [*(register.aggregate for register in REGISTERS), updates.AGGREGATE, subjects]
    platform = compose(
        "registry",
        settings,
        keys=keys,
        rights=identity.OwnRights,
        seal=keys.seal,
        aggregates=aggregates,
        forgets=(*FORGETS, *updates.FORGETS),
    )
    platform.worker.jobs["heartbeat"] = every(HEARTBEAT_SECONDS, lambda: _beat(platform))
    requests = SignInRequests(platform.database, settings.site_url, poll=settings.pause)
    platform.worker.jobs["sign-in"] = requests.run
    platform.worker.jobs["sessions"] = every(CLEAR_EVERY_SECONDS, lambda: forget(platform.database))
    if settings.smtp_url:
        server = SmtpServer(settings.smtp_url)
        mails = MailSender(
            platform.database,
            "registry",
            server,
            settings.mail_from,
            poll=settings.pause,
            installation=settings.installation,
        )
        platform.worker.jobs["mail"], platform.checks["mail"] = mails.run, mails.status
    routers = [register_routes(register) for register in REGISTERS]
    routers += [update_routes, identity_routes(Signer(keys, settings.site_url))]
    routers += [fence_routes(Fence(platform.database, settings.installation))]
    app = create_api(
        platform,
        routers,
        title="Registry",
        description=("Partners, organisations, groups, frameworks, initiatives and updates; people, roles and tokens."),
    )
    return platform, app


async def _beat(platform: Platform) -> None:
    async with platform.flow.connection() as connection:
        await identity.beat(connection, HEARTBEATS)
