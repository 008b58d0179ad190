"""The register of the nodes of frameworks: objectives, priorities, actions."""
