"""The register of the partners of the process."""
