"""Settings of notifications."""

from __future__ import annotations

from pydantic import Field

from aep_shared.service.settings import ServiceSettings


class NotificationsSettings(ServiceSettings):
    """How mail leaves, and whether this service also runs the built-in mailbox."""

    smtp_connections: int = Field(
        4, ge=1, le=50, description="Mails under way at once, and in doubt at most after a crash"
    )
    mailbox_port: int | None = Field(None, description="Port of the built-in mailbox; none: there is none")
    mailbox_host: str = Field("127.0.0.1", description="Address that the built-in mailbox listens on")
