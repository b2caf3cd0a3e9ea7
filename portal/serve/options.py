"""What the person who starts the portal may say on the command line."""

import argparse
import ipaddress
import socket
import time
from dataclasses import dataclass


class Refusal(Exception):
    """The portal cannot start; the text is one clear line that says what to do."""


@dataclass(frozen=True)
class Options:
    """Where to listen, and whether an empty database gets a demo (None: on loopback only)."""

    host: str
    port: int
    demo: bool | None

    @property
    def on_loopback(self) -> bool:
        """True when only this machine can reach the address."""
        return is_loopback(self.host)

    @property
    def wants_demo(self) -> bool:
        """True when an empty database is filled with the demo."""
        return self.on_loopback if self.demo is None else self.demo

    @property
    def address(self) -> str:
        """What to type into a browser on this machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def is_loopback(host: str) -> bool:
    """True for localhost and the loopback addresses of IPv4 and IPv6."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse(arguments: list[str]) -> Options:
    """Read the command line. Raises Refusal for a combination that cannot work."""
    parser = argparse.ArgumentParser(
        prog="bin/serve", description="Set the portal up and run it: broker, web, worker and beat together."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default %(default)s)")
    parser.add_argument(
        "--demo",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="fill an empty database with a team to try things with (default: on a loopback address); "
        "--no-demo prints a link that sets up a real site",
    )
    read = parser.parse_args(arguments)
    options = Options(host=read.host, port=read.port, demo=read.demo)
    if options.demo and not options.on_loopback:
        raise Refusal("the demo runs on a loopback address only; use --no-demo, or leave out --host.")
    return options


def wait_for_port(options: Options, seconds: float = 3.0) -> None:
    """Return once the port is free; an earlier run may need a moment to let go. Raises Refusal."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    deadline = time.monotonic() + seconds
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((options.host, options.port))
                return
            except OSError as error:
                problem = error.strerror
        if time.monotonic() > deadline:
            raise Refusal(
                f"{options.host}:{options.port} cannot be used ({problem}); choose another with --port."
            )
        time.sleep(0.2)
