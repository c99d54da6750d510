"""The database: one aggregate per file, one place that commits."""
