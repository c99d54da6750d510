"""Stripe, outbound: what we ask it to do. Only here and in `fetch` is its SDK known."""
