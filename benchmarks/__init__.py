"""Benchmarks: each claim beside its peer, in one run."""
