"""What we ask Razorpay for. Nothing in here changes anything there."""
