"""Who on a list is who on the rosters, told beside the vault; only keys, tiers and probabilities leave.

Tier A: one valid ID number, one name. B: one number, similar names. N: one number, other names. C: a number is
missing on one side, and name, birth, village and phone say how likely it is one person (splink, Fellegi–Sunter).
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.declarations import tables
from flows.identify import SEVERAL, VALID
from flows.keys import load_keys
from flows.seeds import cutoffs, seed
from flows.settings import settings
from flows.vault import Vault, open_vault

if TYPE_CHECKING:
    from splink import SettingsCreator

LINKS = {
    "table_name": pl.String,
    "person_key": pl.Binary,
    "linked_person_key": pl.Binary,
    "tier_code": pl.String,
    "probability": pl.Float64,
}
PAIR = ["table_name", "person_key", "linked_person_key"]
# What two persons are held together by before they are compared; whatever shares none of these is never a pair.
BLOCKS = (
    "l.name = r.name and list_has_any(l.villages, r.villages)",
    "l.name = r.name and substr(l.birth, 1, 7) = substr(r.birth, 1, 7)",
    "l.birth_day = r.birth_day and (l.surname = r.surname or list_has_any(l.villages, r.villages))",
    "list_has_any(l.phones, r.phones)",
)
UNKNOWN = "unknown"
PLACES = ("[1]", "[2]", "[3]", "[4:]")
DIFFERENT = " + ".join(f"(name_l{place} <> name_r{place})::int" for place in PLACES)
# The levels of agreement, the first that holds; what each is worth stands in the seed `match_weights`.
LEVELS = {
    "name": {
        UNKNOWN: "name_l is null or name_r is null",
        "same": "name_l = name_r",
        # DuckDB's levenshtein counts bytes, of which a character has three.
        "one_character": f"length(name_l) = length(name_r) and length(name_l) > 1 and ({DIFFERENT}) = 1",
        "other": "else",
    },
    "birth": {
        UNKNOWN: "birth_l is null or birth_r is null",
        "same_day": "birth_l = birth_r and length(birth_l) = 10",
        "same_month": "least(length(birth_l), length(birth_r)) = 7 and birth_l[:7] = birth_r[:7]",
        "same_year": "least(length(birth_l), length(birth_r)) = 4 and birth_l[:4] = birth_r[:4]",
        "near": "birth_l[:7] = birth_r[:7] or levenshtein(birth_l, birth_r) = 1",
        "other": "else",
    },
    "village": {
        UNKNOWN: "villages_l is null or villages_r is null",
        "same": "list_has_any(villages_l, villages_r)",
        "same_street": "list_has_any(streets_l, streets_r)",
        "other": "else",
    },
    "phone": {
        UNKNOWN: "phones_l is null or phones_r is null",
        "same": "list_has_any(phones_l, phones_r)",
        "other": "else",
    },
}
NEEDS_A_GUESS = " and (l.is_sure = 0 or r.is_sure = 0)"
DIGITS = 6  # of a probability; the rest is noise of the sums


def match() -> Path:
    """Match every person of a list with the rosters, from what the vault knows, and return where the links lie."""
    with open_vault(load_keys().vault) as vault:
        found = links(vault)
    place = settings().links
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found.write_parquet(place)
    return place


def links(vault: Vault) -> pl.DataFrame:
    """Return a row per list, its person and the person of the rosters: tier and probability, in a fixed order."""
    told = vault.mentions().with_columns(folded(pl.col("person_name")).alias("name"))
    on_rosters = pl.col("table_name").is_in(roster_tables())
    listed, rosters = told.filter(~on_rosters), told.filter(on_rosters)
    parts = [by_number(listed, rosters)]
    # A head of household without a usable number has a key of his own on the list of households: the members' counts.
    members = rosters.filter(pl.col("table_name").is_in(leading_tables()))["person_key"].implode()
    guessed = people(listed), people(rosters.filter(pl.col("person_key").is_in(members)))
    if any((each["is_sure"] == 0).any() for each in guessed):
        parts.append(by_likeness(vault, listed, *guessed))
    return pl.concat(parts).sort(PAIR)


def leading_tables() -> list[str]:
    """Return the landed tables that say who is on a roster: those that set the business month."""
    return [table.name for table in tables().values() if table.sets_business_month]


def roster_tables() -> list[str]:
    """Return the landed tables of the rosters: those that say who is on one, and those beside them."""
    rosters = {table.source for table in tables().values() if table.sets_business_month}
    return [table.name for table in tables().values() if table.source in rosters]


def by_number(listed: pl.DataFrame, rosters: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs under one valid number: A with one name, B with similar names, N with others."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cpdist

    is_told = (pl.col("id_status_code") == VALID) & (pl.col("name") != "")
    known = rosters.filter(is_told).select("person_key", known_as="person_name", known_name="name").unique()
    pairs = listed.filter(is_told).select("table_name", "person_key", "person_name", "name").unique()
    pairs = pairs.join(known, on="person_key", maintain_order="left")
    apart = cpdist(pairs["name"].to_list(), pairs["known_name"].to_list(), scorer=Levenshtein.distance)
    tier = (
        pl.when(pl.col("person_name") == pl.col("known_as"))
        .then(pl.lit("A"))
        .when(pl.col("apart") <= cutoffs()["similar_name_distance"])
        .then(pl.lit("B"))
        .otherwise(pl.lit("N"))
    )
    # One list may write one person in two ways: the worst of them is what it is worth.
    return (
        pairs.with_columns(apart=pl.Series(apart))
        .with_columns(tier_code=tier)
        .group_by("table_name", "person_key", "person_name", maintain_order=True)
        .agg(pl.col("tier_code").min())
        .group_by("table_name", "person_key", maintain_order=True)
        .agg(pl.col("tier_code").max())
        .with_columns(linked_person_key="person_key", probability=pl.lit(None, pl.Float64))
        .select(*LINKS)
    )


def people(mentions: pl.DataFrame) -> pl.DataFrame:
    """Return a row per person, name and birth, with all villages and phones that are told of the person."""
    split = {"villages": "area_codes", "phones": "phone"}
    of_person = mentions.group_by("person_key").agg(
        (pl.col("id_status_code") == VALID).any().cast(pl.Int8).alias("is_sure"),
        *(pl.col(told).str.split(SEVERAL).explode().unique().sort().alias(name) for name, told in split.items()),
    )
    is_village = pl.element().str.contains(r"^\d{12}$") & ~pl.element().str.ends_with("000")
    none = pl.lit(None, pl.List(pl.String))
    return (
        mentions.filter(pl.col("name") != "")
        .select("person_key", "name", "birth")
        .unique()
        # Who is told with a birth need not be told without one as well.
        .filter((pl.col("birth") != "") | (pl.col("birth") == "").all().over("person_key", "name"))
        .join(of_person, on="person_key")
        .with_columns(
            pl.col("villages").list.eval(pl.element().filter(is_village)),
            pl.col("phones").list.eval(pl.element().filter(pl.element() != "")),
            pl.when(pl.col("birth") != "").then("birth").alias("birth"),
        )
        .with_columns(
            *(pl.when(pl.col(name).list.len() > 0).then(pl.col(name)).otherwise(none).alias(name) for name in split),
            pl.when(pl.col("birth").str.len_chars() == 10).then("birth").alias("birth_day"),
            pl.col("name").str.head(1).alias("surname"),
        )
        .with_columns(pl.col("villages").list.eval(pl.element().str.head(9)).list.unique().alias("streets"))
        .sort("person_key", "name", "birth")
        .with_row_index("unique_id")
    )


def by_likeness(vault: Vault, listed: pl.DataFrame, ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of which one has no usable number and which are at least worth a reviewer's look."""
    from splink import DuckDBAPI, Linker

    api = DuckDBAPI(connection=vault.connection)
    frames = [
        api.register(frame.drop("person_key").to_arrow(), table_name=name)
        for name, frame in (("listed", ours), ("rosters", theirs))
    ]
    linker = Linker(frames, model(), log_level=None, validate_settings=False)
    floor = cutoffs()["match_look_probability"]
    scored = linker.inference.predict(threshold_match_probability=floor).as_duckdbpyrelation().pl()
    is_left = pl.col("source_dataset_l") == "listed"
    pairs = scored.select(
        pl.when(is_left).then("unique_id_l").otherwise("unique_id_r").alias("ours"),
        pl.when(is_left).then("unique_id_r").otherwise("unique_id_l").alias("theirs"),
        "match_probability",
    )
    lists = listed.select("table_name", "person_key").unique()
    return (
        pairs.join(ours.select(pl.col("unique_id").alias("ours"), "person_key"), on="ours")
        .join(
            theirs.select(pl.col("unique_id").alias("theirs"), pl.col("person_key").alias("linked_person_key")),
            on="theirs",
        )
        .group_by("person_key", "linked_person_key")
        .agg(pl.col("match_probability").max().round(DIGITS).alias("probability"))
        .join(lists, on="person_key")
        .with_columns(tier_code=pl.lit("C"))
        .select(*LINKS)
    )


def folded(names: pl.Expr) -> pl.Expr:
    """Return names with variant forms of characters replaced by the usual one."""
    variants = name_variants()
    return names.str.replace_many(list(variants), list(variants.values()))


@cache
def name_variants() -> dict[str, str]:
    """Return the variant forms of characters in names → the usual form, from the seed."""
    return {row["variant_form"]: row["usual_form"] for row in seed("name_variants")}


def model() -> "SettingsCreator":
    """Return the comparisons with the weights that the seed declares; nothing is trained."""
    from splink import SettingsCreator

    weights = {(row["comparison_code"], row["level_code"]): row for row in seed("match_weights")}
    return SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=cutoffs()["match_prior_probability"],
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule + NEEDS_A_GUESS} for rule in BLOCKS],
        comparisons=[
            {
                "output_column_name": name,
                "comparison_levels": [_level(name, level, how, weights) for level, how in levels.items()],
            }
            for name, levels in LEVELS.items()
        ],
        retain_matching_columns=False,
    )


def _level(name: str, level: str, how: str, weights: dict[tuple[str, str], dict[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = {"sql_condition": how, "label_for_charts": level}
    if level == UNKNOWN:
        return made | {"is_null_level": True}
    declared = weights[name, level]
    made |= {key: float(declared[key]) for key in ("m_probability", "u_probability")}
    # How telling a name is depends on how many have it.
    return made | ({"tf_adjustment_column": "name"} if (name, level) == ("name", "same") else {})
