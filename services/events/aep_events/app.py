"""The composition root of the meetings calendar."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from aep_events.calendars.router import calendar_routes
from aep_events.registers import REGISTERS
from aep_shared.http.app import create_api
from aep_shared.registers.router import register_routes
from aep_shared.service.compose import compose
from aep_shared.service.platform import Platform
from aep_shared.service.settings import ServiceSettings
from aep_shared.settings import load


def build(environ: Mapping[str, str]) -> tuple[Platform, FastAPI]:
    """The meetings calendar with everything it consists of.

    Raises `SettingsError`.
    """
    settings = load(ServiceSettings, "events", environ)
    platform = compose(
        "events",
        settings,
        aggregates=[register.aggregate for register in REGISTERS],
    )
    routers = [
        calendar_routes(settings.site_url),
        *map(register_routes, REGISTERS),
    ]
    app = create_api(
        platform, routers, title="Meetings calendar", description=("Meetings, their series, and calendars of them.")
    )
    return platform, app
