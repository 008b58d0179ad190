"""HTTP as every service speaks it: one application factory, one edge, one grammar of lists, one form of problems."""
