"""Tests of the post-mortems."""
