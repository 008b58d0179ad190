"""The times that tests of leaders and owners work with."""

from __future__ import annotations

from aep_shared.timing import Timing

FAST = Timing(deadline=0.6, request_timeout=1.0, silence=2.0, settle=0.2, sweep_after=0.1)
"""The same rules as in operation with shorter times, so that take-overs are seen within a test."""

PATIENT = Timing(deadline=60.0, request_timeout=5.0, silence=120.0, settle=0.2)
"""For relays that a test drives step by step: nobody takes over while the test looks around."""
