"""What every service is told by its environment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from aep_shared.timing import Timing
from aep_shared.web.proxies import networks


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
    mail_from: str = Field("secretariat@example.org", description="Address that mails come from")
    host: str = Field("127.0.0.1", description="Address that this process listens on")
    port: int = Field(8080, description="Port that this process listens on, for health also where it is a worker")
    log_format: Literal["console", "json"] = Field("json", description="Lines for people, or for programs")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged at least")
    deadline: float = Field(3.0, gt=0, description="Seconds that a leader may act after its last renewal")
    request_timeout: float = Field(5.0, gt=0, description="Seconds that one call to a dependency may take")
    silence: float = Field(15.0, gt=0, description="Seconds after which a silent leader or worker is replaced")
    settle: float = Field(2.0, ge=0, description="Seconds without a change before partitions move")
    poll: float = Field(0.2, gt=0, description="Seconds between two looks for work that another process left")
    pool_size: int = Field(10, ge=2, description="Connections to the database for requests; the flow has five more")
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
