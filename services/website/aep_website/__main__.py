"""`python -m aep_website api`."""

from aep_website.app import main

main()
