"""The composition root of reports."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from aep_reports.runs import repository
from aep_reports.runs.files import Files
from aep_reports.runs.renderer import Renderer
from aep_reports.runs.router import run_routes
from aep_reports.settings import ReportsSettings
from aep_shared.http.app import create_api
from aep_shared.service.compose import compose
from aep_shared.service.platform import Platform
from aep_shared.settings import load


def build(environ: Mapping[str, str]) -> tuple[Platform, FastAPI]:
    """Reports with everything they consist of.

    Raises `SettingsError`.
    """
    settings = load(ReportsSettings, "reports", environ)
    files = Files(settings.files_url)
    platform = compose("reports", settings, forgets=repository.FORGETS)
    renderer = Renderer(platform.database, files, poll=settings.pause)
    platform.worker.jobs["renderer"], platform.checks["renderer"] = renderer.run, renderer.state
    app = create_api(
        platform,
        [run_routes(files, platform.worker.groups[-1].topics)],
        title="Reports",
        description=("Runs of reports, each with a freeze of what was known at its moment."),
    )
    return platform, app
