"""The Stocktaking Report: what became of what ministers agreed, by objective."""
