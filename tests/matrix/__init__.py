"""Every address of the site as every kind of person."""
