"""What runs in a process of its own with the settings of a throwaway site: ``stages NAME JSON``."""

import json
import sys
from collections.abc import Callable
from typing import Any


def _stages() -> dict[str, Callable[..., Any]]:
    from portal.bench import life, owed, readers

    return {
        "prepare": readers.prepare,
        "crowd": readers.crowd,
        "queries": readers.queries,
        "save_queries": readers.save_queries,
        "seed_owed": owed.seed_owed,
        "sweep": owed.sweep,
        "soak": life.soak,
        "renders": readers.renders,
    }


def main() -> None:
    """Run one stage and print what it returns as one line of JSON."""
    import django

    django.setup()
    found = _stages()[sys.argv[1]](**json.loads(sys.argv[2]))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
