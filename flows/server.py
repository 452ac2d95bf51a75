"""Prefect's server on this machine, reachable from nowhere else: one that stands for the schedule, or a night's own.

A night starts its own before anything heavy is imported: it takes as long to rise as all of that takes to load.
"""

import os
import runpy
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from flows.errors import SettingsError
from flows.settings import PROJECT

API = "PREFECT_API_URL"
HOST, PORT = "127.0.0.1", 4200
START_SECONDS = 60  # a cold start was seen to take 21 s
STANDING = ("prefect", "server", "start")
# What Prefect starts for a flow that finds no server, with neither its pages nor the services of a schedule.
PASSING = ("uvicorn", "--factory", "prefect.server.api.server:create_app", "--log-level", "error", "--lifespan", "on")
WITHOUT_PAGES = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


@contextmanager
def of_the_night() -> Iterator[Callable[[], None]]:
    """Start a server for one night, unless its owner named one that stands; yields what waits until it answers."""
    if os.environ.get(API):
        yield lambda: None
        return
    port = _free_port()
    os.environ[API] = address(port)  # Prefect reads it when it is imported
    try:
        with _running(PASSING, port, WITHOUT_PAGES) as wait:
            yield wait
    finally:
        del os.environ[API]


@contextmanager
def of_the_schedule() -> Iterator[None]:
    """Run a server that plans runs; raise SettingsError where its port is taken or it does not rise."""
    if _answers(address(PORT)):
        raise SettingsError(f"{HOST}:{PORT} 已被占用;若是自己的 Prefect 服务,请设 {API}={address(PORT)}")
    with _running(STANDING, PORT, {}) as wait:
        wait()
        yield


def address(port: int) -> str:
    """Return where the server on a port of this machine is asked."""
    return f"http://{HOST}:{port}/api"


@contextmanager
def _running(words: Sequence[str], port: int, given: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    command = [sys.executable, "-m", "flows.server", *words, "--host", HOST, "--port", str(port)]
    # The pipe is never written to: it ends with this process, however that ends.
    server = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | given,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def wait() -> None:
        until = time.monotonic() + START_SECONDS
        while not _answers(f"{address(port)}/health"):
            if server.poll() is not None or time.monotonic() > until:
                raise SettingsError(f"{HOST}:{port}: Prefect 的服务没有起来;请看端口是否被占用")
            time.sleep(0.1)

    try:
        yield wait
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        return int(asked.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _run_as_long_as_asked() -> None:
    # A night that is killed must not leave a server behind: each would stay for good.
    def end() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _run_as_long_as_asked()
