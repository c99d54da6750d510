"""What we ask Razorpay to do. Only modules in here and in fetch know its SDK."""
