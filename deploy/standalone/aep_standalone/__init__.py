"""The embedded profile: everything that the platform needs, in one process on one small machine."""
