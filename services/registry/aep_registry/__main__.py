"""`python -m aep_registry api|worker|migrate|bootstrap|operator-token`."""

from aep_registry.app import build
from aep_registry.identity.bootstrap import bootstrap, print_operator_token
from aep_shared.service import main

main(build, "registry", {"bootstrap": bootstrap, "operator-token": print_operator_token})
