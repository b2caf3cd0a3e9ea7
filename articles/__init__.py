"""The learning: guides, their immutable editions, reading paths and progress."""
