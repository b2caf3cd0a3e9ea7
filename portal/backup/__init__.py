"""Everything the site holds in one file, and back again."""
