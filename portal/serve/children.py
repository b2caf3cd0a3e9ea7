"""The processes of the portal: started, watched, started again when they die, stopped in order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_PR_SET_PDEATHSIG = 1
_RESTART_AFTER_SECONDS = 0.5
_RESTARTS_A_MINUTE = 5
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def die_with_parent(last_word: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """What a child does between fork and exec: ask for a signal in case this process is killed (Linux)."""
    parent = os.getpid()

    def ask() -> None:
        if _prctl is not None:
            _prctl(_PR_SET_PDEATHSIG, last_word)
            if os.getppid() != parent:  # killed before the question was asked
                os._exit(1)

    return ask


@dataclass
class Child:
    """One process in a group of its own, so that Ctrl-C reaches only the one who supervises."""

    name: str
    command: list[str]
    patience: float  # seconds it gets to stop in its own way
    last_word: signal.Signals = signal.SIGTERM  # what it hears when the supervisor is killed
    process: subprocess.Popen[bytes] | None = None
    started: deque[float] = field(default_factory=lambda: deque(maxlen=_RESTARTS_A_MINUTE + 1))
    died_at: float | None = None

    def start(self) -> None:
        """Start the process; there must be none running."""
        self.died_at = None
        self.started.append(time.monotonic())
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(self.last_word),
        )

    def has_died(self) -> bool:
        """True when it is not running; what is left of its group is killed once, at that moment."""
        if self.process is None or self.process.poll() is None:
            return False
        if self.died_at is None:
            self.died_at = time.monotonic()
            self._signal_group(signal.SIGKILL)
        return True

    def may_start_again(self) -> bool:
        """True half a second after its death, unless it was started again five times within a minute."""
        now = time.monotonic()
        if self.died_at is None or now - self.died_at < _RESTART_AFTER_SECONDS:
            return False
        return len(self.started) <= _RESTARTS_A_MINUTE or now - self.started[0] >= 60

    def ending(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode if self.process else 0
        return f"signal {-code}" if code is not None and code < 0 else f"exit {code}"

    def stop(self) -> None:
        """Ask it to stop, wait as long as it may need, then end whatever remains of its group."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        self._signal_group(signal.SIGKILL)
        self.process.wait()

    def kill(self) -> None:
        """End it and its group at once."""
        self._signal_group(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def _signal_group(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Keeps children alive until it is told to stop."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self.say = say
        self.signals = 0

    def listen(self) -> None:
        """Take Ctrl-C and SIGTERM: the first stops in order, the second at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        self.signals += 1
        if self.signals > 1:
            for child in self.children:
                child.kill()

    @property
    def stopping(self) -> bool:
        """True once somebody asked to stop."""
        return self.signals > 0

    def start(self, child: Child) -> Child:
        """Start a child and watch it from now on."""
        self.children.append(child)
        child.start()
        return child

    def revive(self) -> None:
        """Start again every child that died; call this a few times a second."""
        for child in self.children:
            noticed = child.died_at is not None
            if not child.has_died() or self.stopping:
                continue
            if not noticed:
                self.say(f"{child.name} stopped ({child.ending()}); starting it again.")
            if child.may_start_again():
                child.start()

    def stop(self) -> None:
        """Stop in the opposite order of the start, the broker last."""
        for child in reversed(self.children):
            child.stop()
