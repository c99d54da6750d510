"""Stripe, inbound."""
