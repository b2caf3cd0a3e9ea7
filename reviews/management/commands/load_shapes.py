"""Load the shapes of post-mortems; run after every migrate, safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand

from reviews.shapes import load_shapes


class Command(BaseCommand):
    """Store new versions of the shape files."""

    help = "Load the templates of post-mortems from reviews/shapes/; what is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was made."""
        made = load_shapes()
        self.stdout.write("Templates: " + (", ".join(made) if made else "nothing new"))
