"""The settings of the website in the embedded profile: its key in the data folder, and what the data set says."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from .datafolder import write_private

SECRET_FILE = "website-secret"
LOADED_FILE = "loaded.json"


def website_environ(
    given: Mapping[str, str], data: Path, *, site_url: str, api_url: str, process: Mapping[str, Any] | None, demo: bool
) -> dict[str, str]:
    """The environment that the website is built from; what `given` sets for it wins."""
    decided = {"AEP_SITE_URL": site_url, "AEP_WEBSITE_API_URL": api_url, "AEP_WEBSITE_SECRET": _secret(data)}
    if process:
        decided |= {"AEP_WEBSITE_NAME": process["name"]["en"], "AEP_WEBSITE_PURPOSE": process["purpose"]["en"]}
    own = {name: value for name, value in given.items() if name.startswith("AEP_WEBSITE_")}
    # Demo data cannot be taken for real ones by a setting.
    return {**decided, **own, "AEP_WEBSITE_DEMO": str(_is_demo(data, demo)).lower()}


def _secret(data: Path) -> str:
    """The key that protects forms, drawn at the first start and kept."""
    file = data / SECRET_FILE
    if not file.exists():
        write_private(file, secrets.token_urlsafe(48))
    return file.read_text().strip()


def _is_demo(data: Path, demo: bool) -> bool:
    """A data folder is demo for ever or never: what it was loaded with counts, not how it is started now."""
    file = data / LOADED_FILE
    return bool(orjson.loads(file.read_bytes())["demo"]) if file.exists() else demo
