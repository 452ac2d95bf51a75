"""Places as offices write them, resolved to 12-digit codes: by code, name, alias, reviewed decision, near-match.

Names are looked up within their street and in the edition of the division table in force in the row's month.
"""

import re
from dataclasses import dataclass, field
from functools import cache, cached_property

import polars as pl

from flows.ledger import current_files
from flows.normalise import division_code, something, squeeze, squeezed
from flows.seeds import seed

OUTSIDE = "outside"
UNKNOWN = "unknown"
OUTSIDE_WORDS = (
    r"^(区外|县外|市外|省外|境外|外地|外区|外县|外市|外省|外省市|外省外市|外国|国外)(户籍|人员|居民)?([((/].*)?$"
)
OFFICE = r"(街道|镇|乡)(办事处|人民政府|政府)$"
COMMITTEE = r"(社区|村)?(?:居民委员会|村民委员会|居委会|村委会|居委|村委)$"
KIND = r"(社区|村)$"
# Villages that differ by one of these are two villages, however near their names are.
TELLING = "一二三四五六七八九十0123456789东南西北中上下前后左右内外大小新老旧甲乙丙丁"
ALIAS_SEPARATORS = r"[、,;,;/||]"
WRITTEN = ("code", "street", "village")
DIVISIONS = ("edition", "area_code", "area_name", "parent_area_code", "level_code", "alias_names")
DECISIONS = dict.fromkeys(("written_street_name", "written_village_name", "area_code"), pl.String)


@cache
def matching() -> dict[str, int]:
    """Return the limits of the near-match, each with its reason in the seed."""
    return {row["parameter_code"]: int(row["parameter_value"]) for row in seed("area_matching")}


@dataclass
class Areas:
    """The division table (every edition) and the reviewers' decisions, ready to resolve written places."""

    divisions: pl.DataFrame  # edition (date), area_code, area_name, parent_area_code, level_code, alias_names
    decisions: pl.DataFrame  # written_street_name, written_village_name, area_code
    is_checked: bool = True
    _names: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        latest = self.divisions.sort("edition").unique("area_code", keep="last", maintain_order=True)
        parents = dict(latest.select("area_code", "area_name").iter_rows())
        self._names = {
            code: f"{parents.get(parent, '')}{name}({code})"
            for code, name, parent in latest.select("area_code", "area_name", "parent_area_code").iter_rows()
        }

    @classmethod
    def nothing(cls) -> "Areas":
        """Return areas for a table that needs none."""
        return cls(
            pl.DataFrame(schema=dict.fromkeys(DIVISIONS, pl.String) | {"edition": pl.Date}),
            pl.DataFrame(schema=DECISIONS),
        )

    @classmethod
    def unchecked(cls) -> "Areas":
        """Return areas that take every place for 未知: for a look at a file before there is a division table."""
        made = cls.nothing()
        made.is_checked = False
        return made

    @property
    def is_known(self) -> bool:
        """Return whether there is a division table at all."""
        return not self.divisions.is_empty()

    def resolve(self, places: pl.DataFrame) -> pl.DataFrame:
        """Return a row a row of `places` (month, code, street, village as written), in their order.

        Columns: area_code (null where unresolved), how (code, name, alias, decision, outside, near),
        note (the near-match that was made, or the nearest candidates).
        """
        if not self.is_checked:
            is_said = pl.any_horizontal(something(pl.col(name)).is_not_null() for name in WRITTEN)
            code = pl.when(is_said).then(pl.lit(UNKNOWN))
            nothing = pl.lit(None, pl.String)
            return places.select(code.alias("area_code"), nothing.alias("how"), nothing.alias("note"))
        distinct = places.unique(maintain_order=True).with_columns(self._edition(), *_keys())
        found = self._by_code(distinct)
        for how, lookup in (("name", self._by_name), ("alias", self._by_alias)):
            found = _filled(found, lookup, how)
        found = self._by_decision(found)
        is_outside = pl.any_horizontal(pl.col(f"{name}_key").str.contains(OUTSIDE_WORDS) for name in WRITTEN)
        is_open = pl.col("area_code").is_null()
        found = found.with_columns(
            pl.when(is_open & is_outside).then(pl.lit(OUTSIDE)).otherwise(pl.col("area_code")).alias("area_code"),
            pl.when(is_open & is_outside).then(pl.lit(OUTSIDE)).otherwise(pl.col("how")).alias("how"),
        )
        found = self._near(found)
        return places.join(
            found.select("month", *WRITTEN, "area_code", "how", "note"),
            on=["month", *WRITTEN],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        ).select("area_code", "how", "note")

    def _edition(self) -> pl.Expr:
        # The latest edition not after the month; before the first edition, the first.
        editions = self.divisions["edition"].unique().sort()
        in_force = pl.lit(editions.first())
        for edition in editions:
            in_force = pl.when(pl.col("month").fill_null(editions.last()) >= edition).then(edition).otherwise(in_force)
        return in_force.cast(pl.Date).alias("edition")

    def _by_code(self, distinct: pl.DataFrame) -> pl.DataFrame:
        codes = self.divisions.select(pl.col("area_code").alias("code_key"), pl.col("area_code")).unique()
        found = distinct.join(codes, on="code_key", how="left", maintain_order="left")
        return found.with_columns(pl.when(pl.col("area_code").is_not_null()).then(pl.lit("code")).alias("how"))

    @cached_property
    def _by_name(self) -> pl.DataFrame:
        return self._lookup(aliases=False)

    @cached_property
    def _by_alias(self) -> pl.DataFrame:
        return self._lookup(aliases=True)

    def _lookup(self, aliases: bool) -> pl.DataFrame:
        """Return edition, street_key, village_key, area_code; unique; a street's own row has no village."""
        named = self._named(aliases)
        upper = self._upper(named)
        parents = upper.select(
            "edition", pl.col("area_code").alias("parent_area_code"), pl.col("key").alias("street_key")
        )
        leaves = named.join(upper.select("edition", "area_code"), on=["edition", "area_code"], how="anti")
        leaves = leaves.rename({"key": "village_key"})
        within = leaves.join(parents, on=["edition", "parent_area_code"], how="left")
        alone = leaves.with_columns(pl.lit(None, pl.String).alias("street_key"))
        streets = upper.select(
            "edition", pl.col("key").alias("street_key"), pl.lit(None, pl.String).alias("village_key"), "area_code"
        )
        columns = ["edition", "street_key", "village_key", "area_code"]
        every = pl.concat([within.select(columns), alone.select(columns), streets.select(columns)]).unique()
        # A name that means two areas means none.
        return every.filter(pl.len().over("edition", "street_key", "village_key") == 1)

    def _named(self, aliases: bool) -> pl.DataFrame:
        plain = self.divisions.with_columns(_place_key(pl.col("area_name")).alias("key"))
        if aliases:
            split = pl.col("alias_names").str.replace_all(ALIAS_SEPARATORS, "、").str.split("、")
            other = self.divisions.with_columns(split.alias("key")).explode("key").drop_nulls("key")
            plain = pl.concat([plain, other.with_columns(_place_key(pl.col("key")).alias("key"))])
        return plain.filter(pl.col("key") != "").unique(["edition", "area_code", "key"])

    def _upper(self, named: pl.DataFrame) -> pl.DataFrame:
        # Levels are data: what stands above another area, or on the level of one that does, is no village.
        parents = self.divisions["parent_area_code"].unique()
        levels = self.divisions.filter(pl.col("area_code").is_in(parents.implode()))["level_code"].unique()
        return named.filter(pl.col("level_code").is_in(levels.implode()))

    def _by_decision(self, found: pl.DataFrame) -> pl.DataFrame:
        decided = self.decisions.select(
            _street_key(pl.col("written_street_name")).alias("street_key"),
            _place_key(pl.col("written_village_name")).alias("village_key"),
            "area_code",
        ).unique(["street_key", "village_key"], keep="last", maintain_order=True)
        return _joined(found, decided, ["street_key", "village_key"], "decision")

    def _near(self, found: pl.DataFrame) -> pl.DataFrame:
        found = found.with_columns(pl.lit(None, pl.String).alias("note"))
        is_open = pl.col("area_code").is_null() & (
            pl.col("street_key").is_not_null() | pl.col("village_key").is_not_null()
        )
        open_places = found.filter(is_open)
        if open_places.is_empty():
            return found
        # A handful of distinct names, never rows.
        chosen = [
            self._nearest(*place) for place in open_places.select("edition", "street_key", "village_key").iter_rows()
        ]
        near = open_places.drop("area_code", "how", "note").with_columns(
            pl.Series("area_code", [each[0] for each in chosen], dtype=pl.String),
            pl.Series("how", ["near" if each[0] else None for each in chosen], dtype=pl.String),
            pl.Series("note", [each[1] for each in chosen], dtype=pl.String),
        )
        return pl.concat([found.filter(is_open.not_()), near.select(found.columns)])

    def _nearest(self, edition: object, street: str | None, village: str | None) -> tuple[str | None, str]:
        """Return the one area whose name is near enough (or None), and what to say about it."""
        from rapidfuzz import fuzz, process

        lookup = self._by_alias
        here = lookup.filter(pl.col("edition") == edition)
        written = village or street or ""
        if village is None:
            pool, elsewhere = here.filter(pl.col("village_key").is_null()), pl.DataFrame()
            names = pool["street_key"].to_list()
        else:
            villages = here.filter(pl.col("village_key").is_not_null() & pl.col("street_key").is_not_null())
            pool = villages.filter(pl.col("street_key") == street) if street else villages
            # The name of a village in another street is no misspelling of one in this.
            elsewhere = lookup.filter(pl.col("village_key") == village).unique(
                "area_code", keep="last", maintain_order=True
            )
            if pool.is_empty():
                pool, street = villages, None
            names = pool["village_key"].to_list()
        scores = process.cdist([_bare(written)], [_bare(name) for name in names], scorer=fuzz.ratio)[0] if names else []
        ranked: dict[str, tuple[float, str]] = {}
        for code, name, score in zip(pool["area_code"], names, scores, strict=True):
            score = 100.0 if _core(written) == _core(name) else float(score)
            ranked[code] = max(ranked.get(code, (0.0, "")), (score, name))
        best = sorted(ranked.items(), key=lambda item: (-item[1][0], item[0]))[: matching()["candidate_count"]]
        is_placed = village is None or street is not None
        if is_placed and elsewhere.is_empty() and _is_unambiguous(written, [match for _, match in best]):
            return best[0][0], f"按相近名称认作 {self._names[best[0][0]]}"
        near = [code for code, (score, _) in best if score > 0]
        codes = list(dict.fromkeys([*(elsewhere["area_code"] if elsewhere.height else ()), *near]))
        if codes:
            return None, "最接近:" + "、".join(self._names[code] for code in codes)
        # Nothing is like it: what there is to choose from says more than three names by chance.
        few = "、".join(self._names[code] for code, _ in best)
        return None, f"可选的有:{few} 等 {len(ranked)} 个" if few else ""


def load_areas() -> Areas:
    """Return the areas as landed: every current version of the division table, and the decisions."""
    divisions = _landed(
        "divisions", ["report_month", "area_code", "area_name", "parent_area_code", "level_code", "alias_names"]
    )
    decisions = _landed("area_decisions", ["written_street_name", "written_village_name", "area_code"])
    return Areas(divisions.rename({"report_month": "edition"}), decisions)


def _landed(table: str, columns: list[str]) -> pl.DataFrame:
    paths = current_files(table)
    if not paths:
        return pl.DataFrame(schema={name: pl.Date if name == "report_month" else pl.String for name in columns})
    return pl.concat([pl.read_parquet(path, columns=columns) for path in paths])


def _keys() -> list[pl.Expr]:
    return [
        division_code(pl.col("code")).alias("code_key"),
        _street_key(pl.col("street")).alias("street_key"),
        _place_key(something(pl.col("village"))).alias("village_key"),
    ]


def _street_key(cells: pl.Expr) -> pl.Expr:
    return something(cells).str.replace(OFFICE, "$1")


def _place_key(cells: pl.Expr) -> pl.Expr:
    return squeezed(cells).str.replace(OFFICE, "$1")


def _bare(name: str) -> str:
    return re.sub(COMMITTEE, r"\1", squeeze(name))


def _core(name: str) -> str:
    # 望湖社区居民委员会, 望湖居委会 and 望湖社区 are one name; two villages of one core are told apart by the margin.
    return re.sub(KIND, "", _bare(name)) or name


def _is_unambiguous(written: str, best: list[tuple[float, str]]) -> bool:
    if not best:
        return False
    (score, name), *others = best
    telling = [sorted(each for each in _core(word) if each in TELLING) for word in (written, name)]
    return (
        score >= matching()["near_match_score"]
        and score - (others[0][0] if others else 0) >= matching()["near_match_margin"]
        and telling[0] == telling[1]
    )


def _filled(found: pl.DataFrame, lookup: pl.DataFrame, how: str) -> pl.DataFrame:
    """Fill open places from the edition in force, then from any other edition, the latest first."""
    found = _joined(found, lookup, ["edition", "street_key", "village_key"], how)
    any_edition = lookup.sort("edition").unique(["street_key", "village_key"], keep="last", maintain_order=True)
    return _joined(found, any_edition.drop("edition"), ["street_key", "village_key"], how)


def _joined(found: pl.DataFrame, lookup: pl.DataFrame, keys: list[str], how: str) -> pl.DataFrame:
    other = lookup.select(*keys, pl.col("area_code").alias("other_code"))
    has_name = pl.col("street_key").is_not_null() | pl.col("village_key").is_not_null()
    joined = found.join(other, on=keys, how="left", nulls_equal=True, maintain_order="left")
    takes = pl.col("area_code").is_null() & pl.col("other_code").is_not_null() & has_name
    return joined.with_columns(
        pl.when(takes).then(pl.col("other_code")).otherwise(pl.col("area_code")).alias("area_code"),
        pl.when(takes).then(pl.lit(how)).otherwise(pl.col("how")).alias("how"),
    ).drop("other_code")
