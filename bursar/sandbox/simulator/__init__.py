"""A seeded world to prove the promises on: people, everything gateways say of them, and a careless post."""
