"""Who a row is about: keyed, stable, apart where two share a number, and nobody is lost on the way."""

import hashlib
import hmac
from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.areas import Areas
from flows.conform import conform
from flows.declarations import departments, tables
from flows.identify import Identified, identifiers, identify, keyed, landed, people
from flows.vault import PEOPLE
from tests.small import number

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
LATEST = date(2025, 7, 1)
NOBODY_KNOWN = pl.DataFrame(schema=PEOPLE)
WRONG = "339900195001010010"  # its check digit should be another
MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)


def expected(value: str, domain: str = "person", key: bytes = KEY) -> bytes:
    """Return a pseudonym the long way."""
    return hmac.new(key, f"{domain}:{value}".encode(), hashlib.sha256).digest()[:16]


def rows(table: str, *given: dict[str, Any]) -> pl.DataFrame:
    """Return conformed rows of a table: personal columns as text, the delivery's columns, one delivery by default."""
    base = {"delivery_id": "a.b.c", "sheet": "", "department_code": "civil_affairs", "delivery_sequence": 1}
    base |= {"report_month": JUNE}
    base |= {each.name: None for each in tables()[table].personal}
    made = [{**base, "row_number": place, **row} for place, row in enumerate(given, start=2)]
    types = {"delivery_sequence": pl.Int64, "row_number": pl.Int64, "report_month": pl.Date}
    return pl.DataFrame(made, schema={name: types.get(name, pl.String) for row in made for name in row})


def found(table: str, *given: dict[str, Any], key: bytes = KEY, known: pl.DataFrame = NOBODY_KNOWN) -> Identified:
    return identify(rows(table, *given), tables()[table], key, LATEST, known)


def death(name: str | None = "张三", id_number: str | None = None, **more: Any) -> dict[str, Any]:
    return {"person_name": name, "id_number": id_number, **more}


def statuses(done: Identified) -> list[str]:
    return done.rows["id_status_code"].to_list()


def lines(done: Identified) -> list[tuple[Any, ...]]:
    return done.problems.select("row_number", "reason_code", "is_fatal").sort("row_number", "reason_code").rows()


def test_a_pseudonym_is_the_keyed_hash_of_the_number_and_nothing_else_knows_it() -> None:
    done = found("deaths", death(id_number=number()), death("李四", number(serial=2)))
    assert done.rows["person_key"].to_list() == [expected(number()), expected(number(serial=2))]
    assert number().encode() not in b"".join(done.rows["person_key"])


def test_every_key_changes_with_the_secret_key() -> None:
    given = [death(id_number=number()), death("李四", WRONG), death("王五")]
    one = found("deaths", *given).rows["person_key"].to_list()
    other = found("deaths", *given, key=OTHER_KEY).rows["person_key"].to_list()
    assert not set(one) & set(other)
    assert other[0] == expected(number(), key=OTHER_KEY)
    assert one == found("deaths", *given).rows["person_key"].to_list()


def test_the_same_text_in_two_domains_is_two_keys_and_nothing_stays_nothing() -> None:
    values = pl.Series(["1", None, "1", "2"])
    keys = keyed(values, "account", KEY)
    assert keys.to_list() == [expected("1", "account"), None, expected("1", "account"), expected("2", "account")]
    assert keyed(values, "reference", KEY)[0] != keys[0]
    assert keyed(pl.Series([None, None], dtype=pl.String), "account", KEY).to_list() == [None, None]


def test_a_number_is_one_person_however_it_is_written() -> None:
    new = number(born="19491231", serial=2)
    old = new[:6] + new[8:17]
    written = [new, old, new.lower(), f"'{new}", f" {new[:6]} {new[6:]} "]
    done = found("deaths", *(death(id_number=each) for each in written))
    assert done.rows["person_key"].to_list() == [expected(new)] * 5
    assert statuses(done) == ["valid"] * 5


def test_a_relative_is_whoever_has_the_number_and_a_number_that_is_wrong_or_empty_is_nobody() -> None:
    done = found(
        "prisoner_children",
        *(
            death(name, number(serial=at), parent_id_number=parent)
            for at, (name, parent) in enumerate([("赵一", number(serial=9)), ("钱二", WRONG), ("孙三", None)], start=1)
        ),
    )
    assert done.rows["person_key"].to_list() == [expected(number(serial=at)) for at in (1, 2, 3)]
    assert done.rows["parent_person_key"].to_list() == [expected(number(serial=9)), None, None]
    assert lines(done) == [(3, "id_check", False)]
    told = identifiers(done.rows.with_columns(delivery_id=pl.lit("a.b.c")), tables()["prisoner_children"])
    assert told.select("kind", "key", "value").rows() == [
        ("relative_id_number", expected(number(serial=9)), number(serial=9))
    ]


def test_a_person_whose_number_is_wrong_keeps_one_surrogate_month_after_month() -> None:
    done = found(
        "deaths",
        death("张三", WRONG, report_month=MAY),
        death("张三", WRONG, report_month=JUNE, delivery_id="d.e.f", delivery_sequence=2),
        death(" 张 三", None, report_month=JUNE, delivery_id="g.h.i", delivery_sequence=3),
        death("李四", WRONG),
        death("张三", WRONG, department_code="prison"),
    )
    assert statuses(done) == ["invalid", "invalid", "missing", "invalid", "invalid"]
    keys = done.rows["person_key"].to_list()
    assert keys[0] == keys[1] == keys[2], "the number that is wrong plays no part"
    assert len({keys[0], keys[3], keys[4]}) == 3
    later = found("deaths", death("张三", WRONG)).rows["person_key"].to_list()
    assert later == keys[:1]


def test_the_same_name_in_two_households_or_with_two_birthdays_is_two_people() -> None:
    done = found(
        "roster_members",
        {"household_no": "H1", "person_name": "张三", "birth_date": "1950-01-01"},
        {"household_no": "H2", "person_name": "张三", "birth_date": "1950-01-01"},
        {"household_no": "H1", "person_name": "张三", "birth_date": "1980-05-05"},
    )
    assert len(set(done.rows["person_key"])) == 3


def test_two_names_under_one_number_are_two_people_and_the_first_keeps_it() -> None:
    done = found("deaths", death("甲", number()), death("乙", number()), death("乙", number()))
    assert statuses(done) == ["valid", "shared", "shared"]
    first, second, again = done.rows["person_key"].to_list()
    assert first == expected(number())
    assert second == again != first
    assert lines(done) == [(3, "id_shared", False), (4, "id_shared", False)]


def test_who_is_known_already_keeps_the_number_though_another_stands_first() -> None:
    known = pl.DataFrame([(expected(number()), number(), "乙", "valid", "x", 1)], schema=PEOPLE, orient="row")
    done = found("deaths", death("甲", number()), death("乙", number()), known=known)
    assert statuses(done) == ["shared", "valid"]


def test_who_once_was_the_second_never_gets_the_number_again() -> None:
    known = pl.DataFrame([(b"s" * 16, number(), "乙", "shared", "x", 1)], schema=PEOPLE, orient="row")
    assert statuses(found("deaths", death("乙", number()), known=known)) == ["shared"]
    assert statuses(found("deaths", death("甲", number()), known=known)) == ["valid"]
    both = found("deaths", death("乙", number()), death("甲", number()), known=known)
    assert statuses(both) == ["shared", "valid"], "though it stands first in the file"


def test_a_name_that_changes_from_one_delivery_to_the_next_is_the_same_person() -> None:
    done = found(
        "deaths",
        death("张三", number()),
        death("张叁", number(), delivery_id="d.e.f", delivery_sequence=2),
    )
    assert statuses(done) == ["valid", "valid"]
    assert set(done.rows["person_key"]) == {expected(number())}


@pytest.mark.parametrize(
    ("written", "code", "status"),
    [
        (WRONG, "id_check", "invalid"),
        ("339900195013010015", "id_date", "invalid"),
        ("339900202507020011", "id_date", "invalid"),
        ("33990019500101", "id_length", "invalid"),
        ("339900195001010□□□", "id_truncated", "invalid"),
        ("3.399E+17", "id_truncated", "invalid"),
        ("无", "id_missing", "missing"),
    ],
)
def test_a_number_that_is_worth_nothing_is_listed_and_its_person_counted(written: str, code: str, status: str) -> None:
    done = found("deaths", death("张三", written))
    assert statuses(done) == [status]
    assert lines(done) == [(2, code, False)]
    assert done.problems["reason"].str.ends_with(";人数照计,但不参加比对").all()
    assert not any(written in str(cell) for row in done.problems.rows() for cell in row)


def test_a_row_that_tells_nobody_apart_is_rejected_where_a_person_is_needed() -> None:
    done = found("deaths", death(None, WRONG), death(None, None), death(None, number()), death("张三"))
    assert done.rows["row_number"].to_list() == [4, 5]
    assert [line for line in lines(done) if line[2]] == [(2, "nobody", True), (3, "nobody", True)]
    assert (4, "missing_name", False) in lines(done)


def test_where_a_person_is_not_needed_nobody_is_no_fault() -> None:
    payment = {"payment_no": "1", "household_no": "H1"}
    done = found("payments", payment)
    assert done.rows.select("person_key", "id_status_code").rows() == [(None, "missing")]
    assert lines(done) == []


def test_household_account_and_serial_number_are_keyed_without_their_separators() -> None:
    done = found(
        "payments",
        {"payment_no": "F-001", "household_no": "h 1", "account_no": "6217 0000 1234"},
        {"payment_no": "F001.0", "household_no": "H1", "account_no": "621700001234.0"},
    )
    [row, other] = done.rows.select("payment_key", "household_key", "account_key").rows()
    assert row == (expected("F001", "reference"), expected("H1", "household_no"), expected("621700001234", "account"))
    assert other[1:] == row[1:]


def test_a_number_that_lost_its_last_digits_rejects_the_row_only_where_it_is_required() -> None:
    done = found(
        "payments",
        {"payment_no": "1", "household_no": "H1", "account_no": "621700001234567□□□"},
        {"payment_no": "12345678901234□□", "household_no": "H1"},
        {"payment_no": None, "household_no": "H1"},
    )
    assert done.rows.select("row_number", "account_key").rows() == [(2, None)]
    assert lines(done) == [(2, "number_cut", False), (3, "number_cut", True), (4, "missing", True)]


def test_birth_month_and_sex_come_from_a_valid_number_else_from_what_was_delivered() -> None:
    woman = number(born="19880229", serial=124)
    assert int(woman[16]) % 2 == 0
    base = {"household_no": "H1", "person_name": "张三"}
    done = found(
        "roster_members",
        base | {"id_number": woman, "birth_date": "1950-01-01", "delivered_sex_code": "男"},
        base | {"id_number": WRONG, "birth_date": "1950-01-17", "delivered_sex_code": "男"},
        base | {"id_number": WRONG, "birth_date": "x", "delivered_sex_code": "x"},
    )
    assert done.rows.select("birth_month", "sex_code").rows() == [
        (date(1988, 2, 1), "female"),
        (date(1950, 1, 1), "male"),
        (None, None),
    ]


def test_sex_is_not_taken_from_a_number_that_belongs_to_another() -> None:
    man = number(serial=1)
    base = {"household_no": "H1", "id_number": man, "delivered_sex_code": "女"}
    done = found("roster_members", base | {"person_name": "甲"}, base | {"person_name": "乙"})
    assert done.rows.select("id_status_code", "sex_code").rows() == [("valid", "male"), ("shared", "female")]


def test_a_name_with_a_private_use_character_is_listed_and_kept() -> None:
    done = found("deaths", death("张\ue843", number()))
    assert lines(done) == [(2, "private_use", False)]
    visits = found("visits", {"household_no": "H1", "person_name": "张\ue843"})
    assert lines(visits) == [(2, "private_use", False)]


def test_what_is_landed_holds_the_declared_columns_and_nothing_that_identifies() -> None:
    done = found("deaths", death("金丝雀", number()), death("金丝雀", WRONG))
    frame = landed(done.rows, tables()["deaths"])
    assert frame.columns == list(tables()["deaths"].landed_types())
    assert frame.schema["person_key"] == pl.Binary
    for row in frame.rows():
        assert not any(word in str(cell) for cell in row for word in ("金丝雀", number(), WRONG))


def test_the_vault_learns_each_person_once_under_each_name_with_the_delivery_it_came_in() -> None:
    done = found(
        "deaths",
        death("乙", number(), delivery_id="d.e.f", delivery_sequence=2),
        death("甲", number()),
        death("甲", number()),
        death("丙", WRONG),
    )
    assert people(done.rows).rows() == [
        (expected(number()), number(), "甲", "valid", "a.b.c", 1),
        (expected("civil_affairs||丙|", "surrogate"), WRONG, "丙", "invalid", "a.b.c", 1),
        (expected(number()), number(), "乙", "valid", "d.e.f", 2),
    ]
    assert people(found("visits", {"household_no": "H1"}).rows).is_empty()


def test_the_vault_learns_what_else_identifies_under_the_key_of_its_household() -> None:
    done = found(
        "roster_households",
        {"household_no": "H1", "account_no": "6217", "phone": "0571-1", "address": "某路 1 号"},
        {"household_no": "H1", "account_no": "6217", "phone": "0571-2", "address": " 某路 1 号"},
    )
    household, account = expected("H1", "household_no"), expected("6217", "account")
    learnt = identifiers(done.rows, tables()["roster_households"])
    assert Counter(learnt.select("kind", "key", "value").rows()) == Counter(
        [
            ("household_no", household, "H1"),
            ("account", account, "6217"),
            ("phone", household, "0571-1"),
            ("phone", household, "0571-2"),
            ("address", household, "某路 1 号"),
        ]
    )


def test_a_birthday_belongs_to_its_person() -> None:
    member = {"household_no": "H1", "person_name": "张三", "id_number": number(), "birth_date": "1950-01-01"}
    learnt = identifiers(found("roster_members", member).rows, tables()["roster_members"])
    assert ("birth_date", expected(number()), "1950-01-01") in learnt.select("kind", "key", "value").rows()


NUMBERS = [None, "", "无", number(), number(serial=2), number(serial=3).lower(), WRONG, "33990019500101", "x", "□"]
CELLS = st.fixed_dictionaries(
    {
        "household_no": st.sampled_from(["H1", "H2", "h-1", None, "—", "1□□"]),
        "person_name": st.sampled_from(["张三", "李四", "张 三", "张\ue843", None, " "]),
        "id_number": st.sampled_from(NUMBERS),
        "birth_date": st.sampled_from(["1950-01-01", "昨天", None]),
        "sex_code": st.sampled_from(["男", "女", "?", None]),
        "is_enrolled": st.sampled_from(["是", "否", "也许", None]),
        "hukou_village_name": st.sampled_from(["望湖社区", None]),
        "hukou_street_name": st.sampled_from(["甲街道", None]),
        "start_date": st.sampled_from(["2024-01-01", "2024-02-30", None]),
        "delivery_id": st.sampled_from(["a.b.c", "d.e.f"]),
        "title_month": st.sampled_from([MAY, JUNE]),
    }
)


@hypothesis_settings(deadline=None, max_examples=40)
@given(st.lists(CELLS, max_size=12), st.randoms(use_true_random=False))
def test_of_any_mixture_of_rows_each_is_good_or_rejected_and_valid_keys_are_those_of_their_numbers(
    given_rows: list[dict[str, Any]], random: Any
) -> None:
    extract = next(each for each in departments()["civil_affairs"].extracts if each.name == "dibao_members")
    table = tables()["roster_members"]
    made = [{"sheet": "成员", "row_number": place, **row} for place, row in enumerate(given_rows)]
    random.shuffle(made)
    names = ["sheet", "row_number", "delivery_id", "title_month", *extract.columns, *extract.constants]
    types = {"row_number": pl.Int64, "title_month": pl.Date}
    base = dict.fromkeys(names) | extract.constants
    frame = pl.DataFrame([base | row for row in made], schema={name: types.get(name, pl.String) for name in names})
    conformed = conform(frame, extract, table, Areas.unchecked())
    sequence = pl.col("delivery_id").replace_strict({"a.b.c": 1, "d.e.f": 2}, return_dtype=pl.Int64)
    good = conformed.good.with_columns(
        pl.lit("civil_affairs").alias("department_code"), sequence.alias("delivery_sequence")
    )
    done = identify(good, table, KEY, LATEST, NOBODY_KNOWN)

    place = ["delivery_id", "sheet", "row_number"]
    fatal = {row for each in (conformed, done) for row in each.problems.filter("is_fatal").select(place).rows()}
    kept = done.rows.select(place).rows()
    assert len(kept) == len(set(kept)), "no row is doubled"
    assert not set(kept) & fatal
    assert len(kept) + len(fatal) == len(given_rows)
    assert set(kept) | fatal == {(row["delivery_id"], "成员", row["row_number"]) for row in made}

    numbers = {row["row_number"]: row["id_number"] for row in made}
    for where, key, status in done.rows.select("row_number", "person_key", "id_status_code").iter_rows():
        assert len(key) == 16, "everybody kept has a key"
        if status == "valid":
            assert key == expected(numbers[where].upper())
        else:
            assert key not in {expected(number(serial=serial)) for serial in (1, 2, 3)}
