"""The register of the terms of the glossary."""
