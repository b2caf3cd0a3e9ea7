"""One serve per data folder: the lock, and what a run that was killed left behind."""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType

from portal.configuration import SERVE_LOCK
from portal.serve.options import Refusal

_SOCKET_PREFIX = "portal-"
# sockaddr_un holds 108 bytes with the closing zero; the broker adds its own name to the folder.
_LONGEST_FOLDER = 90


class DataFolder:
    """The data folder, held by this process alone while it is open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket_dir = Path()

    def __enter__(self) -> "DataFolder":
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = os.open(self.path / SERVE_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        if not self._locked():
            os.close(self._descriptor)
            raise Refusal(
                f"the portal already runs on {self.path}; stop that one, or set PORTAL_DATA_DIR to another."
            )
        self._clear_what_was_left()
        self.socket_dir = _short_folder()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({"sockets": str(self.socket_dir)}).encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.socket_dir, ignore_errors=True)
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _locked(self) -> bool:
        """Take the lock; a command that asks whether serve runs holds it for a moment, so try again."""
        for _ in range(10):
            with contextlib.suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.05)
        return False

    def _clear_what_was_left(self) -> None:
        """Remove the socket folder of a run that could not do it itself."""
        try:
            left = Path(json.loads(os.pread(self._descriptor, 4096, 0))["sockets"])
        except (ValueError, KeyError, TypeError):
            return
        if left.name.startswith(_SOCKET_PREFIX) and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)


def _short_folder() -> Path:
    """A private folder whose path leaves room for a socket's name."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [place for place in (runtime, tempfile.gettempdir(), "/tmp") if place and os.path.isdir(place)]
    for place in places:
        if len(place) + len(_SOCKET_PREFIX) + 10 < _LONGEST_FOLDER and os.access(place, os.W_OK):
            return Path(tempfile.mkdtemp(prefix=_SOCKET_PREFIX, dir=place))
    raise Refusal("no folder with a short path for the broker's socket; set TMPDIR=/tmp or give REDIS_URL.")
