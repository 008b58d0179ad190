"""Expected failures of registers."""

from __future__ import annotations

from aep_shared.errors import Conflict, Forbidden, NotFound


class SlugTaken(Conflict):
    """Another record of this kind has or had that slug."""

    code = "slug-taken"


class FieldNotAllowed(Forbidden):
    """A field of the record is not this person's to change."""

    code = "field-not-allowed"


class RecordRemoved(NotFound):
    """The record was removed."""

    status = 410
    code = "record-removed"


class NotRemoved(Conflict):
    """Only a record that was removed can be restored."""

    code = "record-not-removed"


class RemovedForGood(Conflict):
    """The record was removed so long ago that it cannot be restored; add it anew with another slug."""

    code = "record-removed-for-good"
