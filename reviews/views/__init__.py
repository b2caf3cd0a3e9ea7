"""The pages of the post-mortems."""
