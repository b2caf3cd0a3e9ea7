"""Settings of a web process with a known bug of saving put back: EDIT_BUG names it."""

import os

from portal.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.services.edit_faults.EditFaults"]  # noqa: F405
if os.environ.get("EDIT_BUG") == "deferred transactions":
    _options = {**DATABASES["default"]["OPTIONS"], "transaction_mode": "DEFERRED"}  # noqa: F405
    DATABASES["default"]["OPTIONS"] = _options  # noqa: F405
