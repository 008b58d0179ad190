"""The register of series of meetings."""
