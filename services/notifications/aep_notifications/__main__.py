"""`python -m aep_notifications api|worker|migrate`."""

from __future__ import annotations

from aep_notifications.app import build
from aep_shared.service.run import main

main(build, "notifications")
