"""Reports: read models built from events alone, runs with a freeze, and their files."""
