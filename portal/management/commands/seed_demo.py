"""``manage.py seed_demo``: a made-up team with post-mortems, marked and removable."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.lib import clock
from portal.people.demo.seeding import demo_is_there, seed

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


class Command(BaseCommand):
    """Makes the demo and prints its sign-ins, once."""

    help = "Make the demo team Payments with its post-mortems; prints the sign-ins once."

    def handle(self, *args: object, **options: object) -> None:
        """Refuse where others could reach it; do nothing when it is there already."""
        others = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
        if others:
            raise CommandError(
                f"The demo is for a loopback address only, and this site answers as {others[0]}."
            )
        if demo_is_there():
            self.stdout.write("The demo is there already. Its sign-ins were printed when it was made.")
            return
        made = seed(at=clock.now())
        self.stdout.write("Demo people, all with the same password:")
        for person in made.people:
            role = " (leads the team, edits the guides, administrator)" if person.is_administrator else ""
            self.stdout.write(f"  {person.email}  {made.password}  {person.name}{role}")
        self.stdout.write("This is shown once. Settings, The demo: there you take all of it away.")
