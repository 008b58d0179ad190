"""Writes `docs/operate/settings.md` from the settings themselves; `--check` writes nothing and fails if it is stale."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aep_shared.contracts.topics import SERVICES
from aep_shared.service.settings import ServiceSettings
from aep_website.settings import WebsiteSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operate" / "settings.md"

HEAD = """# Settings

<!-- written by tools/checks/settings.py from the code: make contracts -->

Every service and the website read their settings from environment variables. A name that is not known stops the start,
so that a typing mistake is not overlooked; so does a value that cannot be used. Any name may end in `_FILE` and then
names a file that holds the value, as secrets of containers do. (The `aep` command, at the end, does neither.)

`aep up` sets what it needs by itself; `docker-compose.yml` names what it takes from `.env`, which `make env` writes.

## All services

`AEP_X` is for all of them, `AEP_<SERVICE>_X` for one, such as `AEP_SEARCH_PORT`, and wins.
"""

WEBSITE = """## Website

It has no database and no event log. A name that is also one of all services counts without `WEBSITE_`.
"""

FOOT = """## The `aep` command

| variable | what | default |
|---|---|---|
| `AEP_URL` | Where the platform answers | `http://127.0.0.1:8000` |
| `AEP_TOKEN` | Token that the commands use | that of the local operator, from the data folder |
| `AEP_DATA` | Data folder | `.aep` |
| `AEP_PROCESS` | Name of the process data set that `aep load` loads | `aep` |
| `AEP_DEMO` | Whether `aep load` adds the fictitious demo | `False` |
"""


def main() -> int:
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print("docs/operate/settings.md is stale: run make contracts")
        return 1
    return 0


def page() -> str:
    """The page: what all services share, then what each has of its own, and the website's."""
    parts = [HEAD + table(ServiceSettings, "AEP_")]
    for service in SERVICES:
        model = own_settings(service)
        own = set(model.model_fields) - set(ServiceSettings.model_fields)
        if own:
            parts.append(f"## {service.capitalize()}\n" + table(model, f"AEP_{service.upper()}_", own))
    parts.append(WEBSITE + table(WebsiteSettings, "AEP_WEBSITE_"))
    return "\n".join([*parts, FOOT])


def own_settings(service: str) -> type[ServiceSettings]:
    """The settings of a service, its own where it has any."""
    try:
        module = importlib.import_module(f"aep_{service}.settings")
    except ModuleNotFoundError:
        return ServiceSettings
    (model,) = [m for m in vars(module).values() if isinstance(m, type) and ServiceSettings in m.__bases__]
    return model


def table(model: type[BaseModel], prefix: str, only: set[str] | None = None) -> str:
    """A line for each setting of a model, or for some of them.

    Raises `ValueError` for one that does not say what it is for.
    """
    lines = ["", "| variable | what | default |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        if only is None or name in only:
            if not field.description:
                raise ValueError(f"{model.__name__}.{name} has no description")
            lines.append(f"| `{prefix}{name.upper()}` | {_cell(field.description)} | {_default(field)} |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    return f"`{_cell(str(field.default))}`" if field.default not in (None, "", {}) else "none"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
