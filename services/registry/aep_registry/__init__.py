"""The registry: partners, organisations, groups, frameworks, initiatives and updates; people, roles and tokens."""
