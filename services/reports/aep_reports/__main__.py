"""`python -m aep_reports api|worker|migrate`."""

from __future__ import annotations

from aep_reports.app import build
from aep_shared.service.run import main

main(build, "reports")
