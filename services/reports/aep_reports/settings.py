"""Settings of reports."""

from __future__ import annotations

from pydantic import Field

from aep_shared.service.settings import ServiceSettings


class ReportsSettings(ServiceSettings):
    """Where the files of runs are kept."""

    files_url: str = Field(description="file:///folder, or s3://bucket/prefix (credentials as AWS_* variables)")
