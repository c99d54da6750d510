"""The money side of schools, courses and subscription products: rules, gateways, paper and mail."""
