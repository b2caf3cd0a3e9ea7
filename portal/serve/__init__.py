"""One command that runs everything: broker, web, worker and beat under one supervisor."""
