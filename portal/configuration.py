"""The environment, read once into typed values (contract.md, "Settings, by environment")."""

import fcntl
import os
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

import environ

from portal.lib.sqlite_versions import has_wal_reset_bug


class Problem(Exception):
    """A setting that is missing or bad, in one line that says what to do."""


SQLITE = "portal.lib.sqlite3"  # Django's own, in which writers take turns
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: "your save is safe" and the hand-off marker must survive a power cut.
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA journal_size_limit=67108864;"
    ),
}
# Held by bin/serve as long as it runs on this data folder.
SERVE_LOCK = "serve.lock"
_OFFSET = re.compile(r"(\d+)([mhd]?)")
_UNITS = {"": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_offset(text: str) -> timedelta:
    """PORTAL_CLOCK_OFFSET: seconds, or a number with m, h or d; only forward. Raises Problem."""
    match = _OFFSET.fullmatch(text.strip())
    if not match:
        raise Problem(f"PORTAL_CLOCK_OFFSET={text!r} is not a number of seconds or a number with m, h or d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@dataclass(frozen=True)
class Configuration:
    """Every setting that comes from outside."""

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    site_url: str
    data_dir: Path
    database: dict[str, Any]  # Django's own shape: values of many types
    broker_url: str
    redis_url: str
    email: dict[str, Any]  # django-environ's shape
    email_from: str
    mail_is_set_up: bool
    public_reading: bool
    time_zone: str
    clock_offset: timedelta
    trusted_proxies: list[str]

    @classmethod
    def from_environment(cls, base_dir: Path) -> "Configuration":
        """Read os.environ. Raises Problem with one clear line."""
        env = environ.Env()
        data_dir = Path(os.environ.get("PORTAL_DATA_DIR") or base_dir / "var").resolve()
        site_url = os.environ.get("SITE_URL", "").rstrip("/")
        allowed_hosts = _hosts(site_url)
        time_zone = os.environ.get("TIME_ZONE", "UTC")
        if time_zone not in available_timezones():
            raise Problem(f"TIME_ZONE={time_zone!r} is not a known zone; use a name such as Europe/Paris.")
        ZoneInfo(time_zone)
        redis_url = os.environ.get("REDIS_URL", "")
        email = _email(env)
        return cls(
            debug=_flag("DEBUG", False),
            secret_key=_secret_key(data_dir, allowed_hosts),
            allowed_hosts=allowed_hosts,
            site_url=site_url,
            data_dir=data_dir,
            database=_database(env, data_dir),
            broker_url=_broker_url(redis_url),
            redis_url=redis_url,
            email=email,
            email_from=os.environ.get("EMAIL_FROM", _sender(site_url)),
            mail_is_set_up="EMAIL_URL" in os.environ,
            public_reading=_flag("PUBLIC_READING", True),
            time_zone=time_zone,
            clock_offset=parse_offset(os.environ.get("PORTAL_CLOCK_OFFSET", "0")),
            trusted_proxies=[p for p in os.environ.get("TRUSTED_PROXIES", "").split(",") if p],
        )

    @property
    def one_checkpointer(self) -> bool:
        """True when SQLite checkpoints must come from one process only."""
        return str(self.database["ENGINE"]).endswith("sqlite3") and has_wal_reset_bug()


def _flag(name: str, default: bool) -> bool:
    text = os.environ.get(name, "1" if default else "0").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise Problem(f"{name}={text!r} must be 1 or 0.")


def _hosts(site_url: str) -> list[str]:
    hosts = [h.strip() for h in os.environ.get("ALLOWED_HOSTS", "").split(",") if h.strip()]
    if "*" in hosts:
        raise Problem(
            "ALLOWED_HOSTS=* would accept any host; name the one people type: ALLOWED_HOSTS=pm.example.org."
        )
    if site_url:
        name = urlsplit(site_url).hostname
        if not name or not site_url.startswith(("http://", "https://")):
            raise Problem(f"SITE_URL={site_url!r} must look like https://pm.example.org.")
        hosts.append(name)
    return [*dict.fromkeys([*hosts, "127.0.0.1", "localhost", "[::1]"])]


def _secret_key(data_dir: Path, hosts: list[str]) -> str:
    if key := os.environ.get("SECRET_KEY"):
        return key
    if path := os.environ.get("SECRET_KEY_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise Problem(f"SECRET_KEY_FILE={path!r} cannot be read: {error.strerror}.") from error
    if set(hosts) - {"127.0.0.1", "localhost", "[::1]"}:
        raise Problem("SECRET_KEY or SECRET_KEY_FILE is needed when the site is not on a loopback address.")
    file = data_dir / "secret-key"
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    key = secrets.token_urlsafe(50)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(key)
    return key


def _database(env: environ.Env, data_dir: Path) -> dict[str, Any]:
    if not os.environ.get("DATABASE_URL"):
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        config: dict[str, Any] = {
            "ENGINE": SQLITE,
            "NAME": str(data_dir / "portal.sqlite3"),
        }
    else:
        try:
            config = dict(env.db("DATABASE_URL"))
        except Exception as error:
            raise Problem(
                "DATABASE_URL is not a database address such as postgres://user@host/portal."
            ) from error
    engine = str(config["ENGINE"])
    if engine.endswith("sqlite3"):
        config["ENGINE"] = SQLITE
        config["OPTIONS"] = dict(SQLITE_OPTIONS)
        if has_wal_reset_bug() and _serve_runs_on(data_dir):
            config["OPTIONS"]["init_command"] += "PRAGMA wal_autocheckpoint=0;"
    elif engine.endswith("postgresql"):
        # A socket folder stands percent-encoded where the host would be.
        config.update(HOST=unquote(str(config["HOST"])), CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
    else:
        raise Problem("DATABASE_URL must be sqlite:/// or postgres://.")
    return config


def _serve_runs_on(data_dir: Path) -> bool:
    """True when bin/serve holds the folder: then it alone checkpoints, and every other process must not."""
    try:
        lock = os.open(data_dir / SERVE_LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _broker_url(redis_url: str) -> str:
    if not redis_url:
        # bin/serve starts the bundled broker and passes its socket in PORTAL_BROKER_SOCKET.
        socket = os.environ.get("PORTAL_BROKER_SOCKET", "")
        return f"redis+socket://{socket}" if socket else "redis://127.0.0.1:6379/0"
    scheme = urlsplit(redis_url).scheme
    if scheme == "unix":
        return "redis+socket://" + redis_url.removeprefix("unix://")
    if scheme not in {"redis", "rediss", "redis+socket"}:
        raise Problem("REDIS_URL must start with redis://, rediss:// or unix://.")
    return redis_url


def _email(env: environ.Env) -> dict[str, Any]:
    if "EMAIL_URL" not in os.environ:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    try:
        email = dict(env.email_url("EMAIL_URL"))
    except Exception as error:
        raise Problem("EMAIL_URL is not a mail address such as smtp://user:password@host:587.") from error
    if not str(email["EMAIL_BACKEND"]).endswith("smtp.EmailBackend"):
        raise Problem("EMAIL_URL must start with smtp://, smtp+tls:// or smtp+ssl://.")
    return email


def _sender(site_url: str) -> str:
    host = urlsplit(site_url).hostname or "localhost"
    host = "localhost" if host in {"127.0.0.1", "::1"} else host
    return f"Post-mortems <portal@{host}>"
