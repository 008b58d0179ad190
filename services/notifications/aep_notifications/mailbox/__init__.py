"""The built-in mailbox: an SMTP listener that keeps what it receives, for trials without a mail server."""
