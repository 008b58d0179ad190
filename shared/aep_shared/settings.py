"""Typed settings from the environment: `AEP_*` for all services, `AEP_<SERVICE>_*` for one, secrets also from files.

An unknown name is an error, so that a typing mistake stops start-up instead of being ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from aep_shared.contracts.topics import SERVICES
from aep_shared.leadership import Timing
from aep_shared.proxies import networks

# Names that belong to the `aep` command, to compose files and to tests, not to a service.
_OTHER_NAMES = frozenset({"AEP_URL", "AEP_TOKEN", "AEP_PROCESS", "AEP_DEMO", "AEP_PORT", "AEP_DATA"})
_OTHER_PREFIXES = ("AEP_TEST_", "AEP_BENCH_", "AEP_WEBSITE_")

Settings = TypeVar("Settings", bound=BaseModel)


class SettingsError(Exception):
    """A setting is unknown, missing or wrong; the message names it in one line."""


class ServiceSettings(BaseModel):
    """What every service needs to know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = Field(
        description="postgresql:// address of this service's own database", pattern=r"^postgres(ql)?://"
    )
    event_log_url: str = Field(description="postgresql:// or kafka:// address of the event log")
    registry_url: str = Field("http://127.0.0.1:8000", description="Where this service reads the key set")
    site_url: str = Field("http://127.0.0.1:8000", description="Public address: issuer of tokens, links in mails")
    smtp_url: str | None = Field(
        None, description="smtp://user:password@host:port, smtp+starttls:// or smtps://; none: nothing is sent"
    )
    installation: str = Field("", description="Name of this installation; under another one a database sends no mail")
    mail_from: str = "secretariat@example.org"
    host: str = "127.0.0.1"
    port: int = 8080
    log_format: Literal["console", "json"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    deadline: float = Field(3.0, gt=0, description="Seconds that a leader may act after its last renewal")
    request_timeout: float = Field(5.0, gt=0, description="Seconds that one call to a dependency may take")
    silence: float = Field(15.0, gt=0, description="Seconds after which a silent leader or worker is replaced")
    settle: float = Field(2.0, ge=0, description="Seconds without a change before partitions move")
    poll: float = Field(0.2, gt=0, description="Seconds between two looks for work that another process left")
    pool_size: int = Field(10, ge=2)
    trusted_proxies: str = Field(
        "127.0.0.0/8, ::1/128", description="Networks of proxies and of the website, whose X-Forwarded-For is believed"
    )
    rate_factor: float = Field(1.0, gt=0, description="Multiplies every rate limit: many people behind one address")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks(value)
        return value

    @field_validator("silence")
    @classmethod
    def _outlasts(cls, silence: float, info: ValidationInfo) -> float:
        """A new leader must not begin while a call of its predecessor may still be under way."""
        least = info.data.get("deadline", 0.0) + info.data.get("request_timeout", 0.0)
        if silence <= least:
            raise ValueError(f"it must be longer than AEP_DEADLINE and AEP_REQUEST_TIMEOUT together ({least:g} s)")
        return silence

    @property
    def pause(self) -> float:
        """How long a loop that looks for work rests: a leader that rests must not be taken for one that hangs."""
        return min(self.poll, self.silence / 3)

    @property
    def timing(self) -> Timing:
        return Timing(self.deadline, self.request_timeout, self.silence, self.settle)


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
