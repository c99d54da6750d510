"""The `bursar` command: one file per noun. May import everything, lazily."""
