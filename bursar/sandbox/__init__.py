"""Samples, signers and private servers: used by the demo, `trigger`, `up` and the tests."""
