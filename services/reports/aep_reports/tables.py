"""The base of this service's tables."""

from __future__ import annotations

from sqlmodel import SQLModel

from aep_shared.database.tables import own_tables


class Tables(SQLModel, registry=own_tables()):
    """What every table class of reports inherits."""
