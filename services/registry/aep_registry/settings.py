"""Settings of the registry."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from aep_shared.service.settings import ServiceSettings


class RegistrySettings(ServiceSettings):
    """The registry also signs tokens and sends sign-in mails."""

    keys_dir: Path = Field(description="Folder with the private keys that sign tokens, readable by this service alone")
