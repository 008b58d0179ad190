"""The base of this service's tables."""

from __future__ import annotations

from aep_shared.database.tables import Returning, own_tables


class Tables(Returning, registry=own_tables()):
    """What every table class of search inherits."""
