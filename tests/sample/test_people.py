"""Fictional people have real check digits."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.sample.people import make_people, with_check_digit

# What GB 11643 prints as an example.
STANDARD = "11010519491231002X"


def test_the_number_of_the_standard_has_its_check_digit() -> None:
    assert with_check_digit(pl.Series([STANDARD[:17]])).to_list() == [STANDARD]


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60), st.integers(0, 4))
@settings(max_examples=50, deadline=None)
def test_no_number_occurs_twice_and_each_tells_birth_and_sex(days: list[int], block: int) -> None:
    births = np.datetime64("1960-01-01") + np.array(days)
    people = make_people(np.random.default_rng(1), births, "339900", block)
    assert people["id_number"].is_unique().all()
    for person in people.to_dicts():
        number = person["id_number"]
        assert (
            sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(number[:17])) % 11
            == (1 - (10 if number[17] == "X" else int(number[17]))) % 11
        )
        assert number[6:14] == f"{person['birth_date']:%Y%m%d}"
        assert (int(number[16]) % 2 == 1) == (person["sex_code"] == "male")
        assert int(number[14:17]) // 200 == block or int(number[14:17]) == 200 * (block + 1)
