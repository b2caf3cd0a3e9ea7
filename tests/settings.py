"""Settings of the test run: the real ones on a throwaway folder and SQLite file, or TEST_DATABASE_URL."""

import atexit
import os
import shutil
import tempfile

_data_dir = tempfile.mkdtemp(prefix="portal-test-")
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)
for _name in (
    "EMAIL_URL",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "PORTAL_CLOCK_OFFSET",
    "PUBLIC_READING",
):
    os.environ.pop(_name, None)
os.environ["PORTAL_DATA_DIR"] = _data_dir
os.environ["SECRET_KEY"] = "for-tests-only-and-long-enough-to-please-the-deployment-check"
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from portal.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir()  # noqa: F405, whitenoise warns about a missing folder
DATABASES = {"default": {**DATABASES["default"], "TEST": {}}}  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: WAL and IMMEDIATE must be what is tested.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_data_dir, "test.sqlite3")}
    # Nobody pulls the plug on a test: waiting for the disk is left out, everything else is as in use.
    _options = dict(DATABASES["default"]["OPTIONS"])
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["OPTIONS"] = _options
