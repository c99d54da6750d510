"""The books in memory: as the tables hold them, for simulations, rebuilds and tests of the rules."""
