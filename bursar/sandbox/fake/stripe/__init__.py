"""Stripe, played: API version 2026-10-28.endive under /v1, as much of it as Bursar uses."""
