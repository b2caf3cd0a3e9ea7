"""What must stand before the first page: tables, the series, the shapes, static files, people."""

import os
import sys
from io import StringIO

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.serve.options import Options, Refusal, parse


def prepare(options: Options) -> None:
    """Bring the installation up to date; print what a first start needs to know. Raises Refusal."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    refuse_what_would_be_open(options)
    silence = StringIO()  # what they say is for those who call them by hand
    call_command("content", "import", str(settings.BASE_DIR / "articles" / "content"), stdout=silence)
    call_command("load_shapes", stdout=silence)
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    let_somebody_in(options)


def refuse_what_would_be_open(options: Options) -> None:
    """Keep the demo's printed passwords, and a site without a name, off addresses that others reach."""
    from portal.accounts.models import User

    if options.on_loopback:
        return
    if User.objects.filter(is_demo=True).exists():
        raise Refusal(
            "the demo's people are still here; open Settings and remove the demo, or serve on 127.0.0.1."
        )
    if not settings.SITE_URL:
        raise Refusal("SITE_URL is needed with --host: the address people type, https://pm.example.org.")


def let_somebody_in(options: Options) -> None:
    """On a site without an administrator: make the demo, or print the link that sets the site up."""
    from portal.accounts.models import User
    from portal.people.setup import needs_set_up, new_setup_link

    if not needs_set_up():
        return
    if options.wants_demo and not User.objects.exists():
        call_command("seed_demo")
    else:
        print("Open this link once to set up the portal:")
        print(f"  {new_setup_link(os.environ['PORTAL_ADDRESS'])}", flush=True)


def main() -> None:
    """Run as a process of its own, so that the supervisor stays small; the arguments are those of serve."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    try:
        prepare(parse(sys.argv[1:]))
    except (Refusal, CommandError) as problem:
        sys.exit(f"portal: {problem}")


if __name__ == "__main__":
    main()
