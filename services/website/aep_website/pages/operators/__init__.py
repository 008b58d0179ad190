"""The pages of whoever operates the machine."""

from __future__ import annotations

from aep_website.pages.operators import mailbox

PAGES = mailbox.PAGES
