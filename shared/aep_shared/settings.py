"""Typed settings from the environment: `AEP_*` for all services, `AEP_<SERVICE>_*` for one, secrets also from files.

An unknown name is an error, so that a typing mistake stops start-up instead of being ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from aep_shared.contracts.topics import SERVICES

# Names that belong to the `aep` command, to compose files and to tests, not to a service.
_OTHER_NAMES = frozenset({"AEP_URL", "AEP_TOKEN", "AEP_PROCESS", "AEP_DEMO", "AEP_PORT", "AEP_DATA"})
_OTHER_PREFIXES = ("AEP_TEST_", "AEP_BENCH_", "AEP_WEBSITE_")

Settings = TypeVar("Settings", bound=BaseModel)


class SettingsError(Exception):
    """A setting is unknown, missing or wrong; the message names it in one line."""


def load(model: type[Settings], service: str, environ: Mapping[str, str]) -> Settings:
    """The settings of `service` from `environ`; `AEP_<SERVICE>_X` wins over `AEP_X`, `..._FILE` names a file.

    Raises `SettingsError` with one line that names the setting.
    """
    own, shared = f"AEP_{service.upper()}_", "AEP_"
    values: dict[str, str] = {}
    unknown = []
    # Sorted by prefix length, so that the service's own setting is read last and wins.
    for name in sorted((n for n in environ if n.startswith(shared)), key=lambda n: n.startswith(own)):
        field = _field_of(name, (own, shared), model)
        if field is not None:
            values[field] = _read(name, environ[name], from_file=name.lower().endswith(f"{field}_file"))
        elif not _belongs_elsewhere(name, own):
            unknown.append(name)
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(sorted(unknown))}")
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        raise SettingsError("; ".join(_explain(e["loc"], e["msg"], own) for e in problem.errors())) from problem


def _field_of(name: str, prefixes: tuple[str, ...], model: type[BaseModel]) -> str | None:
    """The field that a variable sets, by itself or by naming a file."""
    for prefix in prefixes:
        field = name.removeprefix(prefix).lower() if name.startswith(prefix) else ""
        for candidate in (field, field.removesuffix("_file")):
            if candidate in model.model_fields:
                return candidate
    return None


def _belongs_elsewhere(name: str, own: str) -> bool:
    if name.startswith(own):
        return False
    others: Iterable[str] = (f"AEP_{service.upper()}_" for service in SERVICES)
    return name in _OTHER_NAMES or name.startswith((*_OTHER_PREFIXES, *others))


def _read(name: str, value: str, from_file: bool) -> str:
    if not from_file:
        return value
    try:
        return Path(value).read_text().strip()
    except OSError as problem:
        raise SettingsError(f"setting {name}: cannot read the file it names: {problem.strerror}") from problem


def _explain(place: tuple[int | str, ...], message: str, own: str) -> str:
    name = str(place[0]).upper() if place else "?"
    shared_name = name in {"SITE_URL", "EVENT_LOG_URL", "REGISTRY_URL", "SILENCE"}
    return f"setting {'AEP_' if shared_name else own}{name}: {message}"
