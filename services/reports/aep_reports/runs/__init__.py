"""Runs: a report at a moment, with a copy of everything it says."""
