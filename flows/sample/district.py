"""A fictional district: nine streets that differ, their villages, and who lives there.

A *place* is the finest area of the whole history (the two halves of a village that is split later are
two places), so that people keep their place while the names and codes of it change with the month.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.sample.months import LAST, Numbers, month

SPLIT_MONTH = month(2024, 10)
RENAMED_MONTH = month(2025, 1)
SPLIT_STEM = "铸光"
RENAMED_STEM, RENAMED_TO = "蕨坪", "蕨香"

# Two places beside the villages. numpy counts -1 and -2 from the end, where their names stand.
OUTSIDE = -1
UNREPORTED = -2

AGE_BANDS = ("00-15", "16-59", "60-79", "80+")
HUKOU_TYPES = ("local", "away", "incoming")


@dataclass(frozen=True)
class Street:
    """A street: persons in thousands, relative need of the three programmes, villages by name."""

    name: str
    kind: str
    local: float
    away: float
    incoming: float
    need: float
    donation_share: float
    communities: int
    stems: str


STREETS = (
    Street("鼓阑街道", "old", 58, 12, 8, 1.25, 0.04, 14,
           "钟帘 墨砚桥 槐檐 古漏 瓦影 铜铃巷 照墙弄 听橹 米筛巷 灯笼弄 旧衙前 半井 竹帘 绣坊桥"),
    Street("砚楼街道", "old", 52, 10, 9, 1.05, 0.05, 13,
           "砚池弄 青藜 石鼓弄 纸伞巷 蓝印 染布巷 茶灶 双漏 鲤书 醋坊桥 折扇 木屐弄 斗笠巷"),
    Street("澜庭街道", "new", 58, 8, 21, 0.45, 0.09, 13,
           "澜心 云帆汀 星槎 晴川里 月舫 知微 澄光 曦湾 听澜里 鹭洲苑 芷汀 蓝穹 锦帆里"),
    Street("望舒街道", "new", 50, 6, 17, 0.5, 0.08, 11,
           "舒光 望舒里 桂魄 揽星 银汉 疏桐 流萤 映棠 朗月台 素辉 蟾光"),
    Street("炉屿街道", "industrial", 33, 5, 30, 0.7, 0.06, 8,
           "铁砧 铸光 锻锤 钢屿 淬火桥 机杼 齿轮坊 炉心 砧石 熔台 坩埚"),
    Street("锻湾镇", "industrial", 29, 5, 15, 0.8, 0.05, 5,
           "帆桁 锚链 船钉 缆石 铆湾 桅厂 橹湾 灰墁 泥模 砖墁 瓷釉坞 漆树坞"),
    Street("栗汀镇", "rural", 34, 6, 5, 1.1, 0.03, 3,
           "栗子汀 葭渡 莼影 双槐渡 菱角渡 芡湖 蒲苇 稻香汀 桑枝渡 柘渡 荻花 藕丝塘 秧马"),
    Street("霁崖乡", "hills", 26, 8, 1, 2.0, 0.02, 1,
           "霁云坪 岚脚 箬岙坪 竹鸡坞 蕨坪 松针坳 石耳坳 雾栖 鹿衔 云根 双槐渡 岩蜜"),
    Street("岫圃乡", "hills", 23, 7, 1, 1.75, 0.02, 1,
           "岫云圃 茶芽坪 杉影 榧坞坪 梯云 笋壳坞 樵歌 苔石 药锄 泉眼坪 蕙圃"),
)  # fmt: skip

# Shares of the age bands among those registered here, by kind of street; movers are of working age.
AGE_SHARES = {
    "old": (0.12, 0.55, 0.26, 0.07),
    "new": (0.20, 0.62, 0.15, 0.03),
    "industrial": (0.14, 0.64, 0.18, 0.04),
    "rural": (0.12, 0.53, 0.28, 0.07),
    "hills": (0.10, 0.48, 0.33, 0.09),
    "away": (0.14, 0.72, 0.12, 0.02),
    "incoming": (0.10, 0.86, 0.035, 0.005),
}
URBAN_RURAL = {"old": "111", "new": "111", "industrial": "112", "rural": "121", "hills": "210"}
QUARTERLY_GROWTH = {"local": -0.0008, "away": 0.002, "incoming": 0.008}

PROVINCE_CODE = "390000000000"
CITY_SECOND = "津陵宁安兴"
DISTRICT_FIRST = "澄霁岚瑶墨素晴雁蓼桐藤鹤萤枫露镜梧芦棠霞"
DISTRICT_SECOND = "川浦屿浔渚汀洲坞岙濂泮澧溆湄沚泖泾浜溇汇"


@dataclass(frozen=True)
class District:
    """Names and codes of one district, and arrays by place (population weights included)."""

    index: int
    code: str
    name: str
    city_code: str
    city_name: str
    prefix: str
    street_codes: tuple[str, ...]
    street: Numbers
    stem: tuple[str, ...]
    suffix: tuple[str, ...]
    number: tuple[str, ...]
    urban_rural: tuple[str, ...]
    population: np.ndarray  # persons at the end of the history: place × age band × hukou type

    def street_name(self, street: int) -> str:
        """Return a street's name, which in further districts carries the district's."""
        return self.prefix + STREETS[street].name

    def names_at(self, number: int) -> pl.DataFrame:
        """Return street_code, street_name, village_code, village_name by place, as in force in a month."""
        stems = [self._stem_at(place, number) for place in range(len(self.stem))]
        codes = [self._code_at(place, number) for place in range(len(self.stem))]
        return pl.DataFrame(
            {
                "street_code": [*(self.street_codes[place] for place in self.street), "", "区外"],
                "street_name": [*(self.street_name(place) for place in self.street), "", "区外"],
                "village_code": [*codes, "", "区外"],
                "village_name": [*(a + b for a, b in zip(stems, self.suffix, strict=True)), "", "区外"],
            }
        )

    def _stem_at(self, place: int, number: int) -> str:
        stem = self.stem[place]
        if number < SPLIT_MONTH and stem.startswith(SPLIT_STEM):
            return SPLIT_STEM
        if number < RENAMED_MONTH and stem == RENAMED_TO:
            return RENAMED_STEM
        return stem

    def _code_at(self, place: int, number: int) -> str:
        village = "002" if number < SPLIT_MONTH and self.stem[place].startswith(SPLIT_STEM) else self.number[place]
        return self.street_codes[self.street[place]][:9] + village

    def places(self, stem: str) -> list[int]:
        """Return the places of a village name (both halves of the one that is split)."""
        return [place for place, name in enumerate(self.stem) if name.startswith(stem)]


def make_district(index: int, rng: np.random.Generator) -> District:
    """Return district `index` of the fictional province 39; no prefix tells the parent of the first, 339900."""
    city = index // 20
    code = "339900" if index == 0 else f"39{city + 1:02d}{index % 20 + 1:02d}"
    name = DISTRICT_FIRST[index % 20] + DISTRICT_SECOND[index // 20 % 20] + ("" if index < 400 else "新")
    streets, stems, suffixes, numbers, classes, street_codes = [], [], [], [], [], []
    for at, street in enumerate(STREETS):
        series = {"道": 1, "镇": 100, "乡": 200}[street.name[-1]]
        street_codes.append(f"{code}{series + at:03d}000")
        for serial, stem in enumerate(street.stems.split()):
            is_community = serial < street.communities
            halves = [stem + "东", stem + "西"] if stem == SPLIT_STEM else [stem]
            for half, spelled in enumerate(halves):
                streets.append(at)
                stems.append(RENAMED_TO if spelled == RENAMED_STEM else spelled)
                suffixes.append("社区" if is_community else "村")
                split_number = 91 + half
                village = split_number if len(halves) == 2 else serial + 1 if is_community else 200 + serial
                numbers.append(f"{village:03d}")
                classes.append(URBAN_RURAL[street.kind] if is_community else "220")
    return District(
        index=index,
        code=code,
        name=name + "区",
        city_code=f"39{city + 1:02d}00000000",
        city_name=DISTRICT_FIRST[city % 20] + CITY_SECOND[city // 20 % 5] + "市",
        prefix="" if index == 0 else name,
        street_codes=tuple(street_codes),
        street=np.array(streets),
        stem=tuple(stems),
        suffix=tuple(suffixes),
        number=tuple(numbers),
        urban_rural=tuple(classes),
        population=_population(np.array(streets), rng),
    )


def _population(streets: Numbers, rng: np.random.Generator) -> np.ndarray:
    counts = np.zeros((len(streets), len(AGE_BANDS), len(HUKOU_TYPES)))
    for at, street in enumerate(STREETS):
        places = np.flatnonzero(streets == at)
        for kind, hukou_type in enumerate(HUKOU_TYPES):
            sizes = rng.lognormal(0, 0.45, len(places))
            shares = np.array(AGE_SHARES.get(hukou_type, AGE_SHARES[street.kind]))
            mixed = shares * rng.lognormal(0, 0.12, (len(places), 4))
            persons = getattr(street, hukou_type) * 1000 * sizes / sizes.sum()
            counts[places, :, kind] = persons[:, None] * mixed / mixed.sum(axis=1, keepdims=True)
    return counts.round()


def population_at(district: District, number: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return the population at the end of a quarter: one row per village, age band and hukou type."""
    quarters = (LAST - number) / 3
    growth = np.array([(1 + QUARTERLY_GROWTH[kind]) ** -quarters for kind in HUKOU_TYPES])
    noise = rng.normal(1, 0.002 if quarters else 0, district.population.shape)
    counts = (district.population * growth * noise).round().astype(np.int64)
    place, band, kind = (index.ravel() for index in np.indices(counts.shape))
    return (
        district.names_at(number)[place]
        .with_columns(
            age_band_code=pl.Series(np.array(AGE_BANDS)[band]),
            hukou_type_code=pl.Series(np.array(HUKOU_TYPES)[kind]),
            population_count=pl.Series(counts.ravel()),
        )
        .group_by(
            "village_code", "street_name", "village_name", "age_band_code", "hukou_type_code", maintain_order=True
        )
        .agg(pl.col("population_count").sum())
    )


def division_table(district: District, number: int) -> pl.DataFrame:
    """Return the edition of the division table that a month opens; a city's first district brings the city."""
    villages = district.names_at(number)[:-2].with_columns(
        urban_rural_code=pl.Series(district.urban_rural), alias_names=pl.Series(_aliases(district, number))
    )
    province = [(PROVINCE_CODE, "东屿省", "", "province")] if district.index == 0 else []
    city = [(district.city_code, district.city_name, PROVINCE_CODE, "city")] if district.index % 20 == 0 else []
    upper = [
        *province,
        *city,
        (district.code + "000000", district.name, district.city_code, "district"),
        *(
            (code, district.street_name(at), district.code + "000000", "street")
            for at, code in enumerate(district.street_codes)
        ),
    ]
    names = ("area_code", "area_name", "parent_area_code", "level_code")
    return pl.concat(
        [
            pl.DataFrame(upper, schema=names, orient="row").with_columns(
                urban_rural_code=pl.lit(""), alias_names=pl.lit("")
            ),
            villages.unique("village_code", maintain_order=True).select(
                area_code="village_code",
                area_name="village_name",
                parent_area_code="street_code",
                level_code=pl.lit("village"),
                urban_rural_code="urban_rural_code",
                alias_names="alias_names",
            ),
        ]
    )


def _aliases(district: District, number: int) -> list[str]:
    renamed = RENAMED_STEM + "村" if number >= RENAMED_MONTH else ""
    aliases = {"钟帘": "钟帘居委会、老钟楼社区", "澜心": "澜心新村", "栗子汀": "大栗汀村", RENAMED_TO: renamed}
    return [aliases.get(stem, "") for stem in district.stem]


def division_changes(district: District, first: int) -> pl.DataFrame:
    """Return what changed between the editions of the history."""
    halves = district.places(SPLIT_STEM)
    [renamed] = district.places(RENAMED_TO)
    code = district.names_at(LAST)["village_code"]
    old = district.names_at(SPLIT_MONTH - 1)["village_code"][halves[0]]
    rows = [(SPLIT_MONTH, "split", old, code[half], f"{SPLIT_STEM}社区拆分") for half in halves]
    rows.append((RENAMED_MONTH, "renamed", code[renamed], code[renamed], f"{RENAMED_STEM}村更名为{RENAMED_TO}村"))
    names = ("month", "change_code", "old_area_code", "new_area_code", "change_note")
    return (
        pl.DataFrame([row for row in rows if row[0] > first], schema=names, orient="row")
        .with_columns(change_month=_dates("month"))
        .drop("month")
    )


def _dates(column: str) -> pl.Expr:
    return pl.date(1970 + pl.col(column) // 12, pl.col(column) % 12 + 1, 1)


def editions(first: int) -> list[int]:
    """Return the months in which an edition of the division table comes into force."""
    return [first, *(number for number in (SPLIT_MONTH, RENAMED_MONTH) if number > first)]


def draw_places(district: District, weights: np.ndarray, size: int, rng: np.random.Generator) -> Numbers:
    """Return places drawn with these weights (one a place)."""
    return rng.choice(len(weights), size=size, p=weights / weights.sum()).astype(np.int64)
