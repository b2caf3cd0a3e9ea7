"""Django's SQLite backend, in which those who want to write take turns."""
