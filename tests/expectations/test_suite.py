"""Great Expectations asked in one place: owners told apart, no values out, an exception is a failure."""

from collections import Counter

import polars as pl

from expectations.suite import Answer, Rule, ask

FRAME = pl.DataFrame({"who": ["a", "a", "a", "b", "b"], "amount": [1.0, 2.0, 99.0, 77.5, None], "word": list("xyxzx")})


def between(column: str, low: float, high: float, **limits: float | None) -> Rule:
    words = {"column": column, "min_value": low, "max_value": high}
    return Rule("ExpectColumnValuesToBeBetween", column, "因为", words, **limits)  # type: ignore[arg-type]


def test_failing_rows_are_counted_by_owner() -> None:
    missing = Rule("ExpectColumnValuesToNotBeNull", "amount", "因为", {"column": "amount"})
    in_set = Rule("ExpectColumnValuesToBeInSet", "word", "因为", {"column": "word", "value_set": ["x", "y"]})
    answers = ask(FRAME, [between("amount", 0, 10), missing, in_set], "who")
    assert [answer.failing for answer in answers] == [{"a": 1, "b": 1}, {"b": 1}, {"b": 1}]
    assert [answer.error for answer in answers] == [None, None, None]


def test_an_exception_inside_an_expectation_fails_everybody_critically() -> None:
    broken, sound = ask(FRAME, [between("no_such_column", 0, 1), between("amount", 0, 100)], "who")
    assert broken.error
    assert broken.judge("a", 3) == (False, "critical")
    assert sound.judge("a", 3) == (True, "warning")


def test_no_value_of_a_cell_comes_back() -> None:
    answers = ask(FRAME, [between("amount", 0, 10), between("word", 0, 1)], "who")
    assert "77.5" not in repr(answers)
    assert "99" not in repr(answers)


def test_a_graded_rule_warns_first_and_holds_later() -> None:
    rule = between("amount", 0, 1, warn_above=0.0, hold_above=0.05)
    answer = Answer(rule, Counter({"few": 1, "many": 6}))
    assert answer.judge("none", 100) == (True, "critical")
    assert answer.judge("few", 100) == (False, "warning")
    assert answer.judge("many", 100) == (False, "critical")


def test_nothing_to_look_at_is_no_failure() -> None:
    [answer] = ask(FRAME.clear(), [between("amount", 0, 1)], "who")
    assert answer.judge("a", 0) == (True, "warning")
