"""Events: the meetings of the process, their series, and calendars of them."""
