"""Updates: what coordinators, focal points and group members report, and its review by the office."""
