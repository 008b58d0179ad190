"""The register of the organisations that take part."""
