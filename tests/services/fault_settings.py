"""Settings of the processes a fault test starts: the real ones, with shorter waits and a kind of subject."""

import os

from portal.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.services.fault_app.FaultConfig"]  # noqa: F405
OUTBOX_WAIT_SCALE = float(os.environ.get("FAULT_SCALE", "0.05"))
CELERY_BEAT_SCHEDULE["tick"]["schedule"] = 1  # noqa: F405
EMAIL_TIMEOUT = 5
