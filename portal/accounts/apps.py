"""The accounts floor as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and teams."""

    name = "portal.accounts"
    label = "accounts"
    verbose_name = "People"
