"""Razorpay, inbound and outbound."""
