"""Refuse every socket but loopback in any Python process that has this folder on its path.

Each refused attempt is appended to the file `JIUZHU_GUARD_LOG`, so that a swallowed error is still seen.
"""

import os
import socket
from pathlib import Path

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo


def _refuse(host: object) -> None:
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host is None or str(host).startswith(_LOOPBACK):
        return
    with Path(os.environ["JIUZHU_GUARD_LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"{host}\n")
    raise ConnectionRefusedError(f"guard: {host}")


def _guarded_connect(self, address):  # type: ignore[no-untyped-def]
    if self.family != socket.AF_UNIX:
        _refuse(address[0])
    return _connect(self, address)


def _guarded_connect_ex(self, address):  # type: ignore[no-untyped-def]
    if self.family != socket.AF_UNIX:
        _refuse(address[0])
    return _connect_ex(self, address)


def _guarded_getaddrinfo(host, *args, **kwargs):  # type: ignore[no-untyped-def]
    _refuse(host)
    return _getaddrinfo(host, *args, **kwargs)


if os.environ.get("JIUZHU_GUARD_LOG"):
    socket.socket.connect = _guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = _guarded_getaddrinfo
