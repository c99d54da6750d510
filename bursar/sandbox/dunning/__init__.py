"""A dunning policy tried on virtual customers and a virtual clock, before it meets real ones."""
