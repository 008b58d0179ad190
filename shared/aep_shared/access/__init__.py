"""Who is asking, and what that person may do: tokens checked offline, rights from a replicated topic, default deny."""
