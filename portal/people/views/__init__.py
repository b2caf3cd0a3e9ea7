"""The settings pages, one module per subject."""
