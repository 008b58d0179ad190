"""The composition root of the meetings calendar."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from aep_events.calendars.router import calendar_routes
from aep_events.kinds import KINDS
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
        aggregates=[kind.aggregate for kind in KINDS],
    )
    routers = [
        calendar_routes(settings.site_url),
        *(register_routes(kind, {"date_status": "postponed"}) for kind in KINDS),
    ]
    app = create_api(
        platform, routers, title="Meetings calendar", description=("Meetings, their series, and calendars of them.")
    )
    return platform, app
