"""The settings of the website in the embedded profile: its key in the data folder, and what the data set says."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from aep_standalone.datafolder import write_private
from aep_standalone.datasets import process_description
from aep_standalone.loading import STATE_FILE, loaded_before

SECRET_FILE = "website-secret"  # noqa: S105 - the name of a file


def website_environ(
    given: Mapping[str, str], data: Path, *, site_url: str, api_url: str, process: str, demo: bool
) -> dict[str, str]:
    """The environment that the website is built from; what `given` sets for it wins."""
    decided = {"AEP_SITE_URL": site_url, "AEP_WEBSITE_API_URL": api_url, "AEP_WEBSITE_SECRET": _secret(data)}
    if before := loaded_before(data / STATE_FILE):
        # What the first start loaded counts, not how the platform is started now.
        process, demo = before.process, before.demo
    described = process_description(process)
    if described:
        decided |= {"AEP_WEBSITE_NAME": described["name"]["en"], "AEP_WEBSITE_PURPOSE": described["purpose"]["en"]}
    own = {name: value for name, value in given.items() if name.startswith("AEP_WEBSITE_")}
    # Demo data cannot be taken for real ones by a setting.
    return {**decided, **own, "AEP_WEBSITE_DEMO": str(demo).lower()}


def _secret(data: Path) -> str:
    """The key that protects forms, drawn at the first start and kept."""
    file = data / SECRET_FILE
    if not file.exists():
        write_private(file, secrets.token_urlsafe(48))
    return file.read_text().strip()
