"""Decisions glued to effects: claim rows, decide by a rule, write, wake what follows."""
