"""Razorpay, played: its API under /v1, as much of it as Bursar uses."""
