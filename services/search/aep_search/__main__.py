"""`python -m aep_search api|worker|migrate`."""

from aep_search.app import build
from aep_shared.service import main

main(build, "search")
