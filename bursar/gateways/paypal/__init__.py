"""PayPal, both ways: events are questions here, and what is fetched is the answer (docs/decisions/0017)."""
