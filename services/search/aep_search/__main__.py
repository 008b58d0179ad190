"""`python -m aep_search api|worker|migrate`."""

from __future__ import annotations

from aep_search.app import build
from aep_shared.service.run import main

main(build, "search")
