"""Notifications: subscribers, newsletter issues, deliveries, feeds, and the built-in mailbox."""
