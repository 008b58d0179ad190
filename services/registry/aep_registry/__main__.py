"""`python -m aep_registry api|worker|migrate|skip-record|bootstrap|operator-token|add-key|withdraw-key`."""

from __future__ import annotations

from aep_registry.app import build
from aep_registry.identity.bootstrap import bootstrap, print_operator_token
from aep_registry.identity.key_commands import add_key, withdraw_key
from aep_shared.service.run import main

COMMANDS = {
    "bootstrap": bootstrap,
    "operator-token": print_operator_token,
    "add-key": add_key,
    "withdraw-key": withdraw_key,
}
main(build, "registry", COMMANDS)
