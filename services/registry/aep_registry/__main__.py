"""`python -m aep_registry api|worker|migrate|bootstrap`."""

from aep_registry.app import build
from aep_registry.identity.bootstrap import bootstrap
from aep_shared.service import main

main(build, "registry", {"bootstrap": bootstrap})
