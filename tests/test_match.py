"""Matching beside the vault: what a name, a birth, a village and a phone are worth together; and what leaves."""

import polars as pl
import pytest

from flows.declarations import tables
from flows.identify import identify, mentions
from flows.match import LINKS, folded, links, name_variants
from flows.vault import MENTIONS, open_vault
from tests.test_identify import KEY, LATEST, NOBODY_KNOWN, WRONG, death, rows

HERE, NEXT_DOOR, ELSEWHERE = "339900001001", "339900001002", "339900205203"
ROSTER = [
    ("r1", "王国珍", "1950-03-02", HERE, "19900000001"),
    ("r2", "李秀兰", "1948-11-20", HERE, "19900000002"),
    ("r3", "张喆", "1961-07-07", ELSEWHERE, ""),
    # Many others, so that no name is rare by chance alone.
    *(
        (f"x{at}", f"赵{chr(0x4E00 + at)}安", f"19{40 + at % 50}-01-{at % 28 + 1:02d}", ELSEWHERE, "")
        for at in range(300)
    ),
]


def told(table: str, *given: tuple[str, str, str, str, str], status: str = "valid") -> pl.DataFrame:
    columns = list(MENTIONS)
    made = [
        (key.encode().ljust(16, b"0"), table, status, name, birth, area, phone)
        for key, name, birth, area, phone in given
    ]
    return pl.DataFrame(made, schema={name: MENTIONS[name] for name in columns}, orient="row")


def linked(*lists: pl.DataFrame) -> dict[str, tuple[str, str, bool]]:
    """Return the person of the list → person of the rosters, tier, and whether the probability is above 0.95."""
    with open_vault("11" * 32) as vault:
        for each in (told("roster_members", *ROSTER), *lists):
            vault.mention(each)
        frame = links(vault)
    assert dict(frame.schema) == LINKS
    return {
        ours.rstrip(b"0").decode(): (theirs.rstrip(b"0").decode(), tier, (probability or 0) >= 0.95)
        for _, ours, theirs, tier, probability in frame.iter_rows()
    }


@pytest.mark.usefixtures("fresh_settings")
def test_one_number_is_as_sure_as_its_names_are_alike() -> None:
    names = [("r1", "王国珍"), ("r2", "李秀蘭"), ("r3", "李明")]
    given = told("deaths", *((key, name, "", HERE, "") for key, name in names))
    assert linked(given) == {"r1": ("r1", "A", False), "r2": ("r2", "B", False), "r3": ("r3", "N", False)}


@pytest.mark.usefixtures("fresh_settings")
@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (("王国珍", "1950-03-02", HERE, ""), "r1"),
        (("王國珍", "1950-03-02", HERE, ""), "r1"),  # the traditional form
        (("王国真", "1950-03-02", HERE, ""), "r1"),  # by ear
        (("张吉吉", "1961-07-07", ELSEWHERE, ""), "r3"),  # a rare character taken apart
        (("王国珍", "1950-03", HERE, ""), "r1"),
        (("王国珍", "1950-03-03", HERE, ""), "r1"),
        (("王国珍", "", HERE, "19900000001"), "r1"),
        (("王国珍", "1933-10-02", HERE, ""), None),  # another of that name
        (("王国珍", "1950-09", ELSEWHERE, ""), None),
        (("王国珍", "", ELSEWHERE, ""), None),
        (("陈阿毛", "1950-03-02", HERE, ""), None),
        (("王国真", "", NEXT_DOOR, ""), None),
    ],
)
def test_who_has_no_number_is_told_by_everything_else(entry: tuple[str, str, str, str], found: str | None) -> None:
    got = linked(told("volunteer_visits", ("s1", *entry), status="missing")).get("s1")
    assert (got[0] if got and got[2] else None) == found
    assert got is None or got[1] == "C"


@pytest.mark.usefixtures("fresh_settings")
def test_a_recipient_without_a_usable_number_is_found_on_a_list_that_has_one() -> None:
    on_roster = told("roster_members", ("s9", "孙小满", "1955-05-05", HERE, ""), status="invalid")
    listed = told("deaths", ("p9", "孙小满", "1955-05-05", HERE, ""))
    assert linked(on_roster, listed)["p9"] == ("s9", "C", True)


@pytest.mark.usefixtures("fresh_settings")
def test_nobody_is_guessed_where_everybody_has_a_number_and_splink_is_not_even_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "splink", None)
    assert linked(told("deaths", ("r1", "王国珍", "", HERE, ""))) == {"r1": ("r1", "A", False)}


def test_a_variant_leads_to_a_usual_form_and_no_further() -> None:
    variants = name_variants()
    assert not set(variants) & set(variants.values())
    assert pl.DataFrame({"name": ["王國華", "張吉吉"]}).select(folded(pl.col("name")))["name"].to_list() == [
        "王国华",
        "张喆",
    ]


def test_a_birth_is_kept_as_far_as_it_is_told_and_a_damaged_number_still_tells_it() -> None:
    births = ["1950年3月", "1950年", "1950-03-02", "1950.3.2", "", None]
    given = [death(f"人{at}", WRONG[:15] + "***" if birth is None else None) for at, birth in enumerate(births)]
    frame = rows("death_notices", *given).with_columns(
        birth_date=pl.Series(births), hukou_area_code=pl.lit(HERE), record_no=pl.int_range(pl.len()).cast(pl.String)
    )
    done = identify(frame, tables()["death_notices"], KEY, LATEST, NOBODY_KNOWN)
    made = mentions(done.rows, tables()["death_notices"]).sort("person_name")
    assert made["birth"].to_list() == ["1950-03", "1950", "1950-03-02", "1950-03-02", "", "1950-01-01"]
    assert set(made["area_codes"]) == {HERE}
