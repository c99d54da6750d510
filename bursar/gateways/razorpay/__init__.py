"""Razorpay, inbound."""
