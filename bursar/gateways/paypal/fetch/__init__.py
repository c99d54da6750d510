"""What we read at PayPal: objects, events, withdrawals, saved ways to pay, plans."""
