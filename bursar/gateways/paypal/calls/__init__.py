"""What we ask of PayPal, in its own JSON: orders, captures, refunds, subscriptions. No SDK."""
