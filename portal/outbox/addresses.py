"""Where the site is, as a message must say it."""

import os
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings

from portal.accounts import links


def site_address() -> str:
    """SITE_URL, else the address this site was started on, without a slash at the end."""
    return settings.SITE_URL or os.environ.get("PORTAL_ADDRESS", "http://127.0.0.1:8000").rstrip("/")


def absolute(path: str) -> str:
    """The whole address of a path of this site."""
    return links.absolute(path, site_address())


def message_host() -> str:
    """The right side of a Message-ID: the site's host, else the sender's."""
    host = urlsplit(settings.SITE_URL).hostname if settings.SITE_URL else ""
    return host or parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
