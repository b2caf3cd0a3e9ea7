"""``./bin/serve``: start everything, say where it is, keep it alive, stop all of it."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from portal.configuration import Configuration, Problem
from portal.serve import broker
from portal.serve.checkpoints import Checkpointer
from portal.serve.children import Child, Supervisor, die_with_parent
from portal.serve.folder import DataFolder
from portal.serve.options import Options, Refusal, parse, wait_for_port

BASE_DIR = Path(__file__).resolve().parent.parent.parent
_START_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.2


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


def name_the_address(options: Options) -> None:
    """Put the address into the environment, so that links in messages work without SITE_URL on loopback."""
    os.environ["PORTAL_ADDRESS"] = options.address
    if options.on_loopback and not os.environ.get("SITE_URL"):
        os.environ["SITE_URL"] = options.address
    # Celery's advice about root is for pickle, which is off.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:celery.platforms")


def start_broker(supervisor: Supervisor, folder: DataFolder) -> None:
    """Start the bundled broker and wait until it answers; the children learn its socket. Raises Refusal."""
    socket_path = folder.socket_dir / "b.sock"
    os.environ["PORTAL_BROKER_SOCKET"] = str(socket_path)
    line = broker.command(broker.find_server(), socket_path, folder.path / "broker")
    child = supervisor.start(Child("broker", line, patience=5))
    deadline = time.monotonic() + _START_SECONDS
    while not broker.answers(socket_path) and not supervisor.stopping:
        if child.has_died() or time.monotonic() > deadline:
            raise Refusal(f"the broker did not start ({child.ending()}); set REDIS_URL to one that runs.")
        time.sleep(0.02)


def prepare(arguments: list[str], supervisor: Supervisor) -> None:
    """Run the steps before the first page. Raises Refusal when one failed; it has said why by itself."""
    step = subprocess.Popen(
        [sys.executable, "-m", "portal.serve.prepare", *arguments],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(),
    )
    while step.poll() is None:
        if supervisor.stopping:
            step.terminate()
        supervisor.revive()
        time.sleep(0.05)
    if step.returncode and not supervisor.stopping:
        raise Refusal("")


def processes(options: Options, data_dir: Path) -> list[Child]:
    """Worker, beat and web, in the order of their start."""
    celery = [sys.executable, "-m", "celery", "--app", "portal", "--quiet"]
    quiet = ["--loglevel", "WARNING"]
    still = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker = [*celery, "worker", "--concurrency", "2", *quiet, *still]
    beat = [*celery, "beat", *quiet, "--pidfile=", "--schedule", str(data_dir / "beat-schedule")]
    web = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", urlsplit(options.address).netloc]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    web += ["--no-control-socket", "--log-level", "warning", "--graceful-timeout", "8"]
    return [
        # SIGQUIT ends a worker at once; what it held is found again by its lease.
        Child("worker", worker, patience=30, last_word=signal.SIGQUIT),
        Child("beat", beat, patience=5),
        Child("web", web, patience=10),
    ]


def answers(options: Options) -> bool:
    """True when the site answers, whatever it says about its health."""
    wildcard = options.host in {"0.0.0.0", "::"}
    address = f"http://127.0.0.1:{options.port}" if wildcard else options.address
    try:
        with urllib.request.urlopen(f"{address}/healthz/", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def announce(options: Options, config: Configuration) -> None:
    """Say where the portal is and where its mail goes."""
    server = urlsplit(os.environ.get("EMAIL_URL", ""))
    place = f"sent through {server.hostname}:{server.port or 25}" if server.hostname else "as EMAIL_URL says"
    say(f"Address  {config.site_url or options.address}/")
    say(f"Mail     {place if config.mail_is_set_up else 'kept in the site; set EMAIL_URL to send it'}")
    say("Stop     Ctrl-C")


def watch(
    supervisor: Supervisor, options: Options, config: Configuration, checkpointer: Checkpointer | None
) -> None:
    """Look after the children until somebody asks to stop; announce the site when it first answers."""
    announced = False
    while not supervisor.stopping:
        supervisor.revive()
        if checkpointer:
            checkpointer.work()
        if not announced and answers(options):
            announce(options, config)
            announced = True
        time.sleep(_LOOK_EVERY_SECONDS)


def run(options: Options, arguments: list[str]) -> None:
    """Hold the data folder, start everything, keep it alive until told to stop. Raises Refusal, Problem."""
    name_the_address(options)
    config = Configuration.from_environment(BASE_DIR)
    supervisor = Supervisor(say)
    supervisor.listen()
    with DataFolder(config.data_dir) as folder:
        checkpointer = Checkpointer(Path(config.database["NAME"])) if config.one_checkpointer else None
        try:
            wait_for_port(options)
            if not config.redis_url:
                start_broker(supervisor, folder)
            prepare(arguments, supervisor)
            for child in processes(options, config.data_dir):
                if not supervisor.stopping:
                    supervisor.start(child)
            watch(supervisor, options, config, checkpointer)
        finally:
            supervisor.stop()
            if checkpointer:
                checkpointer.close()


def main() -> None:
    """Entry point; every problem is one line."""
    os.chdir(BASE_DIR)
    arguments = sys.argv[1:]
    try:
        run(parse(arguments), arguments)
    except (Refusal, Problem) as problem:
        sys.exit(f"portal: {problem}" if str(problem) else 1)


if __name__ == "__main__":
    main()
