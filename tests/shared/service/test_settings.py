"""The times that leaders and owners go by must fit together."""

from __future__ import annotations

import pytest

from aep_shared.service.settings import ServiceSettings
from aep_shared.settings import SettingsError, load

BASE = {"AEP_EVENTS_DATABASE_URL": "postgresql://x/y", "AEP_EVENT_LOG_URL": "postgresql://x/log"}


def test_a_silence_that_is_not_longer_than_deadline_and_time_out_together_stops_the_start() -> None:
    """A new leader would begin while a call of the old one may still be under way."""
    times = {"AEP_DEADLINE": "3", "AEP_REQUEST_TIMEOUT": "5", "AEP_SILENCE": "8"}
    with pytest.raises(SettingsError, match=r"^setting AEP_SILENCE: .*longer"):
        load(ServiceSettings, "events", {**BASE, **times})
    assert load(ServiceSettings, "events", {**BASE, **times, "AEP_SILENCE": "8.5"}).silence == 8.5
