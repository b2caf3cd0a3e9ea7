"""What is due about post-mortems and action items, to whom and when, and how it is worded."""
