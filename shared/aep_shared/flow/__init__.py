"""The event flow: what a service changes leaves by its outbox and relay, and is applied by the consumers of others."""
