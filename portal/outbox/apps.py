"""The outbox floor as a Django app."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Messages and their delivery."""

    name = "portal.outbox"
    label = "outbox"
    verbose_name = "Messages"

    def ready(self) -> None:
        """Make account letters known as a kind of subject."""
        from portal.outbox.account_mail import AccountLetters
        from portal.outbox.subjects import register

        register(AccountLetters())
