"""Settings of the website: `AEP_WEBSITE_*`, and the public address that all services share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator

from aep_shared.service.settings import ServiceSettings
from aep_shared.settings import load
from aep_shared.web.proxies import Network, networks


class WebsiteSettings(BaseModel):
    """What the website needs to know. It has no database and no event log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: str = Field(min_length=32, description="Random key of this installation; protects forms. No default")
    api_url: str = Field("http://127.0.0.1:8000", pattern=r"^https?://", description="Where the public APIs answer")
    site_url: str = Field("http://127.0.0.1:8000", pattern=r"^https?://", description="Public address")
    name: str = Field("ASEM Education Process", description="Name of the process, in the head of every page")
    purpose: str = Field(
        "Education ministries and organisations of Asia and Europe work together: they meet, agree on aims, carry"
        " out initiatives and report on them.",
        description="One sentence that says what the process is",
    )
    demo: bool = Field(False, description="Whether the data are fictitious in part; every page then says so")
    trusted_proxies: str = Field(
        "127.0.0.0/8, ::1/128", description="Networks of proxies, whose X-Forwarded-For is believed"
    )
    services: dict[str, str] = Field({}, description="Addresses of services for /readyz, as JSON; default: api_url")
    timeout: float = Field(10.0, gt=0, description="Seconds that one call to an API may take")
    host: str = Field("127.0.0.1", description="Address that the website listens on")
    port: int = Field(8080, description="Port that the website listens on")
    log_format: Literal["console", "json"] = Field("json", description="Lines for people, or for programs")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged at least")

    @field_validator("services", mode="before")
    @classmethod
    def _decoded(cls, value: object) -> object:
        """A variable of the environment holds the addresses as a JSON object."""
        return orjson.loads(value) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks(value)
        return value

    @property
    def trusted(self) -> tuple[Network, ...]:
        return networks(self.trusted_proxies)

    @property
    def origin(self) -> str:
        """The public address without a path, as browsers write it in `Origin`."""
        return "/".join(self.site_url.split("/", 3)[:3])

    @property
    def secure(self) -> bool:
        return self.site_url.startswith("https://")


def read_settings(environ: Mapping[str, str]) -> WebsiteSettings:
    """The settings; what all services share and a website has no use for is ignored.

    Raises `SettingsError` with one line that names the setting.
    """
    foreign = {f"AEP_{name.upper()}" for name in set(ServiceSettings.model_fields) - set(WebsiteSettings.model_fields)}
    mine = {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in foreign}
    return load(WebsiteSettings, "website", mine)
