"""The base of this service's tables."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from aep_shared.database.tables import NAMES


class Tables(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """What every table class of the meetings calendar inherits."""
