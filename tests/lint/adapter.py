"""Stands for dbt's `adapter` while SQL is linted without dbt: a dispatched macro looks like a function call."""

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    """Return what writes a macro's call."""
    return lambda *arguments: f"{name}({', '.join(map(str, arguments))})"
