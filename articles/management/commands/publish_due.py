"""``publish_due``: what the tick does for guides whose time has come."""

from typing import Any

from django.core.management.base import BaseCommand

from articles.scheduling import publish_due
from portal.lib import clock


class Command(BaseCommand):
    """Publish the guides that were planned for now."""

    help = "Publish the drafts whose chosen time has come; the tick does the same every ten seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was published."""
        self.stdout.write(f"Published: {', '.join(publish_due(clock.now())) or 'nothing was due'}.")
