"""Meetings as iCalendar (RFC 5545, RFC 7986): all, those of a series, or one."""
