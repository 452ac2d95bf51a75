"""A step of the night is a Prefect task that stores nothing, tells its seconds, and quotes no cell when it breaks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from prefect import Task
from prefect.cache_policies import NO_CACHE

from flows import step as module
from flows.errors import BuildError, DeliveryError, JiuzhuError, LockedError
from flows.step import seconds, step, tell

PERSON = "张三 339900195001010011"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    seconds.clear()
    monkeypatch.delenv("JIUZHU_DEBUG", raising=False)
    yield
    seconds.clear()


@step("数一数")
def count(words: list[str], *, twice: bool = False) -> int:
    """Count words."""
    return len(words) * (2 if twice else 1)


def breaking(error: Exception) -> Task[Any, Any]:
    @step("出错的一步")
    def breaks() -> None:
        raise error

    return breaks


def test_a_step_is_a_task_of_its_title_that_keeps_nothing() -> None:
    assert isinstance(count, Task)
    assert count.name == "数一数"
    assert count.persist_result is False
    assert count.cache_policy == NO_CACHE
    assert count.retries == 0
    assert count.fn.__name__ == "count"
    assert count.fn.__doc__ == "Count words."


def test_what_a_step_is_tried_again_for_is_prefects_business() -> None:
    tried = step("再试", retries=2, retry_delay_seconds=[1, 5])(lambda: None)
    assert (tried.retries, tried.retry_delay_seconds) == (2, [1, 5])


def test_a_step_returns_what_its_function_returns_and_tells_how_long_it_took(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter([100.0, 112.5])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(ticks))
    assert count.fn(["甲", "乙"], twice=True) == 4
    assert seconds == {"count": 12.5}
    assert capsys.readouterr().out == "数一数  12.5 秒\n"


@pytest.mark.parametrize("error", [DeliveryError("a.csv: 缺列"), LockedError("另一个在跑"), BuildError("对不上")])
def test_an_error_that_is_a_sentence_passes_as_it_is(error: JiuzhuError, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(type(error)) as raised:
        breaking(error).fn()
    assert raised.value is error
    assert seconds == {}
    assert capsys.readouterr().out == ""


def test_an_error_nobody_foresaw_is_a_sentence_without_its_own_words_and_without_its_trace() -> None:
    with pytest.raises(BuildError) as raised:
        breaking(ValueError(PERSON)).fn()
    said = str(raised.value)
    assert re.fullmatch(r"出错的一步: 程序出错\(ValueError,tests/test_step\.py 第 \d+ 行\);.+", said)
    assert "张三" not in said
    assert "3399" not in said
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__, "a printed traceback would quote it"


def test_who_debugs_sees_the_error_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIUZHU_DEBUG", "1")
    with pytest.raises(ValueError, match="张三"):
        breaking(ValueError(PERSON)).fn()


def test_an_interrupt_is_not_an_error_of_the_step() -> None:
    with pytest.raises(KeyboardInterrupt):
        breaking(KeyboardInterrupt()).fn()  # type: ignore[arg-type]


def test_without_a_terminal_details_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    @step("慢慢来")
    def slow() -> None:
        tell("第一份")

    slow.fn()
    tell("之后")
    assert "第一份" not in capsys.readouterr().out


def test_on_a_terminal_the_step_shows_what_it_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Status:
        def __init__(self, title: str) -> None:
            said.append(title)

        def __enter__(self) -> "Status":
            return self

        def __exit__(self, *_: object) -> None:
            said.append("done")

        def update(self, detail: str) -> None:
            said.append(detail)

    class Screen:
        is_terminal = True
        status = Status

        def print(self, *_: object, **__: object) -> None:
            """Nothing is printed here."""

    @step("慢慢来")
    def slow() -> None:
        tell("第一份")

    monkeypatch.setattr(module, "console", Screen)
    monkeypatch.setattr(module, "_status", None)
    slow.fn()
    assert said == ["慢慢来", "第一份", "done"]
