"""The register of the groups of partners and organisations."""
