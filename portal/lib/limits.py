"""How often one person may ask for something costly; counted in the database cache, for all processes."""

from datetime import datetime

from django.core.cache import cache


def seconds_to_wait(what: str, who: int, *, most: int, seconds: int, at: datetime) -> int:
    """Count this request; 0 while there are at most ``most`` in ``seconds``, else what is left of them."""
    window, past = divmod(int(at.timestamp()), seconds)
    key = f"limit:{what}:{who}:{window}"
    cache.add(key, 0, timeout=seconds + 60)
    try:
        count = cache.incr(key)
    except ValueError:  # culled between the two lines
        return 0
    return 0 if count <= most else seconds - past
