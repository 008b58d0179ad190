"""Expected failures of reports."""

from __future__ import annotations

from aep_shared.errors import InvalidInput, NotFound


class UnknownReport(InvalidInput):
    """There is no report of this name; there is 'stocktaking'."""

    code = "report-unknown"


class UnknownMeeting(InvalidInput):
    """There is no meeting of this name to count from."""

    code = "report-since-unknown"


class NoSuchRun(NotFound):
    """There is no such run."""

    code = "run-unknown"


class NoSuchFile(NotFound):
    """This run has no such file, or not yet."""

    code = "run-file-missing"
