"""What every service of the platform shares; it holds no business rule and imports no service."""
