"""The Atom feed of approved updates (RFC 4287)."""
