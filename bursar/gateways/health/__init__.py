"""How well gateways answer, and how often they may be asked: shared by all workers, and never in the way."""
