"""`python -m aep_website api`."""

from __future__ import annotations

from aep_website.app import main

main()
