"""The frame's own Django app: what every page needs to draw its navigation."""

from django.apps import AppConfig
from django.conf import settings
from django.http import HttpRequest

from portal.lib.static_files import sheets


class PortalConfig(AppConfig):
    """The roof; its commands and checks are found through this entry."""

    name = "portal"
    label = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Register the system checks."""
        from portal import checks  # noqa: F401


def navigation(request: HttpRequest) -> dict[str, object]:
    """What the frame of a page shows; no query of its own beyond the signed-in user."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "nav": {
            "signed_in": signed_in,
            "settings": bool(user and signed_in and user.has_settings),
            "section": request.path.split("/")[1],
        },
        "sheets": sheets(),
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "public_reading": settings.PUBLIC_READING,
    }
