"""Named queries: a task reads as prose."""
