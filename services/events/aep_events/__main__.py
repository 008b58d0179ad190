"""`python -m aep_events api|worker|migrate`."""

from __future__ import annotations

from aep_events.app import build
from aep_shared.service.run import main

main(build, "events")
