"""Pages of the series."""
