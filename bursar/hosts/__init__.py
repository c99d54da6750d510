"""EDGE to hosts: what the products that own people and courses are told, and how. Knows no tables."""
