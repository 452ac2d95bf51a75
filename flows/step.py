"""A step of the night: a Prefect task, shown with its seconds, and sealed: an unexpected error quotes no cell."""

import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE

from flows.errors import BuildError, JiuzhuError
from flows.show import console, say
from flows.terminal import unexpected

if TYPE_CHECKING:
    from rich.status import Status

Given = ParamSpec("Given")
Made = TypeVar("Made")

seconds: dict[str, float] = {}
_status: "Status | None" = None


def step(title: str, **options: Any) -> Callable[[Callable[Given, Made]], Task[Given, Made]]:
    """Make a step of a function; `options` are Prefect's (retries). Nothing it returns is ever stored."""

    def make(function: Callable[Given, Made]) -> Task[Given, Made]:
        @wraps(function)
        def shown(*given: Given.args, **named: Given.kwargs) -> Made:
            global _status
            started = time.perf_counter()
            screen = console()
            with screen.status(title) if screen.is_terminal else nullcontext() as _status:
                try:
                    made = function(*given, **named)
                except JiuzhuError:
                    raise
                except Exception as error:
                    if os.environ.get("JIUZHU_DEBUG"):
                        raise
                    raise BuildError(f"{title}: {unexpected(error)}") from None
            seconds[function.__name__] = round(time.perf_counter() - started, 2)
            say(f"{title}  {seconds[function.__name__]:.1f} 秒")
            return made

        return Task(shown, name=title, persist_result=False, cache_policy=NO_CACHE, **options)

    return make


def tell(detail: str) -> None:
    """Show what the running step is at; only a terminal shows it."""
    if _status is not None:
        _status.update(detail)
