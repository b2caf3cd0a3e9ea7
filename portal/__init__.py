"""The frame of the portal: settings, addresses, Celery, home, people pages, health and commands."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
