"""Stripe: what its events say, and what we ask of it."""
