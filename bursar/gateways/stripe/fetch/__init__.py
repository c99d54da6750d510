"""Stripe, outbound: what we ask it to tell. Nothing here changes anything there."""
