"""Fictional people: ID numbers with valid check digits under a code that does not exist, and invented names."""

import numpy as np
import polars as pl

from flows.sample.months import Days

SURNAMES = np.array(
    list(
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    )
)
GIVEN = np.array(
    list(
        "阿安柏昌辰成春聪达丹德冬栋恩芳飞菲峰凤福富刚根光贵国海涵浩和荷宏洪华欢惠吉佳建健江娇杰金锦静娟军俊康兰岚乐莉丽良林玲龙美梅敏明铭木宁培鹏平奇琪启强巧勤青清庆秋泉仁荣蓉瑞森珊胜诗仕书淑顺松涛婷伟文武霞贤祥晓欣兴秀旭雪雅燕阳怡义英永勇友雨玉元云泽珍振正志忠珠子祖"
    )
)
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_DIGITS = np.array(list("10X98765432"))


def make_people(rng: np.random.Generator, births: Days, area_code: str, block: int) -> pl.DataFrame:
    """Make one person a birth date: person_id, id_number, person_name, birth_date, sex_code.

    `block` (0–4) keeps the serial numbers of separately made groups apart, so that no number occurs twice.
    """
    count = len(births)
    is_male = rng.random(count) < 0.52
    order = np.lexsort((np.arange(count), births))
    rank = np.empty(count, dtype=np.int64)
    ordered = births[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if count else np.array([], dtype=np.int64)
    rank[order] = np.arange(count) - np.repeat(starts, np.diff(np.r_[starts, count]))
    if count and rank.max() >= 99:
        raise ValueError("more than 99 births on one day in a group of people")
    body = pl.Series(births).dt.strftime("%Y%m%d")
    serial = pl.Series(200 * block + 2 * rank + is_male + 2).cast(pl.String).str.zfill(3)
    return pl.DataFrame(
        {
            "person_id": np.arange(count) + block * 1_000_000,
            "id_number": with_check_digit(pl.select(area_code + body + serial).to_series()),
            "person_name": draw_names(rng, count),
            "birth_date": births,
            "sex_code": np.where(is_male, "male", "female"),
        }
    )


def draw_names(rng: np.random.Generator, count: int) -> pl.Series:
    """Draw names of two or three characters."""
    second = np.where(rng.random(count) < 0.25, "", GIVEN[rng.integers(len(GIVEN), size=count)])
    first = GIVEN[rng.integers(len(GIVEN), size=count)]
    # Few surnames are frequent and many rare.
    surname = SURNAMES[(len(SURNAMES) * rng.random(count) ** 2).astype(int)]
    return pl.Series(np.char.add(np.char.add(surname, first), second))


def check_digits(bodies: pl.Series) -> pl.Series:
    """Return the check digit of each 17-digit body (GB 11643)."""
    digits = np.frombuffer("".join(bodies).encode(), dtype=np.uint8).reshape(-1, 17).astype(np.int64) - ord("0")
    return pl.Series(CHECK_DIGITS[digits @ WEIGHTS % 11])


def with_check_digit(bodies: pl.Series) -> pl.Series:
    """Return 18-digit numbers from 17-digit bodies."""
    return bodies + check_digits(bodies)


def births_at_age(rng: np.random.Generator, ages: np.ndarray, on: str = "2025-06-30") -> Days:
    """Return birth dates of persons of these ages (years) on a day."""
    back = (np.asarray(ages) * 365.25 + rng.integers(0, 365, size=len(ages))).astype(np.int64)
    return np.datetime64(on) - back
