"""A wrong setting stops the website with a line that names it."""

from __future__ import annotations

import pytest

from aep_shared.settings import SettingsError
from aep_website.settings import read_settings
from tests.website.conftest import SECRET


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, "AEP_WEBSITE_SECRET"),
        ({"AEP_WEBSITE_SECRET": "short"}, "AEP_WEBSITE_SECRET"),
        ({"AEP_WEBSITE_SECRET": SECRET, "AEP_WEBSITE_TYPO": "1"}, "AEP_WEBSITE_TYPO"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(environ)


def test_settings_of_services_do_not_stop_the_website() -> None:
    environ = {"AEP_WEBSITE_SECRET": SECRET, "AEP_EVENT_LOG_URL": "kafka://x", "AEP_SMTP_URL": "smtp://x"}
    assert read_settings(environ).demo is False
