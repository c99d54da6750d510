"""How overdue money is asked for: the policy, its days and hours, the law of retries, the next step. Pure."""
