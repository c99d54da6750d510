"""A fourth gateway, as small as one can be: one package is all that a new gateway needs."""
