"""Commands of the reviews floor."""
