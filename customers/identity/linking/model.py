"""The weights of the linkage model, as data: what each agreement is worth in bits, and Splink's settings made of it.

A weight is log2(m / u) (Fellegi and Sunter 1969): how much likelier the agreement is for one person than for two. The
starting point was Splink's own EM; where EM took families who share a telephone for one person, the weight was set by
hand and says so. A version is never edited: publish a new one beside it. Pure but for the Splink settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

VERSION = "2026-11.2"
# Of two records drawn from the candidates' population being one person. The share among all pairs is nearer 2**-14.6; the
# difference is what the missing fields of sparse records would have said (measured: raw Splink weights run 2-3 bits low).
PRIOR = 2.0**-11.6


@dataclass(frozen=True, kw_only=True)
class Level:
    """One degree of agreement. `condition` is DuckDB SQL over `_l` and `_r`; `tf` names a column weighed by rarity."""

    name: str  # as the evidence names it
    condition: str
    bits: float
    share: float  # of one person's pairs that stand here where both sides are filled; each batch corrects it
    tf: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    field: str
    missing: str  # then this field says nothing: 0 bits
    levels: tuple[Level, ...]  # the first that holds counts; the last holds always


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _slip(column: str) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= 1"


def _missing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


def _else(bits: float) -> Level:
    """Strangers nearly always differ, so what a difference weighs says how often one person's records do."""
    return Level(name="differs", condition="ELSE", bits=bits, share=2.0**bits)


# A value that many records hold says less: five records are a person's, more are a household's or a hotline's.
_FEW = 5

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        field="name",
        missing=_missing("surname"),
        levels=(
            Level(name="same", condition=_same("name"), bits=12.1, share=0.775, tf="name"),
            Level(name="same_sound", condition=_same("sound"), bits=9.1, share=0.02),
            Level(
                name="surname_and_title",
                condition="(name_l IS NULL OR name_r IS NULL) AND surname_l = surname_r",
                bits=5.2,
                share=0.1,
            ),
            # Latin names are longer than Chinese ones, and mistyped letter by letter
            Level(
                name="similar",
                condition="length(name_l) > 6 AND length(name_r) > 6 AND (jaro_winkler_similarity(name_l, name_r) >= 0.88"
                " OR jaro_winkler_similarity(name_l, turned_r) >= 0.88)",
                bits=8.0,
                share=0.06,
            ),
            # of Latin names, one of two words
            Level(
                name="part_same",
                condition="length(surname_l) > 1 AND (surname_l = surname_r OR given_l = given_r OR given_l = surname_r"
                " OR surname_l = given_r)",
                bits=1.0,
                share=0.04,
            ),
            # two whole names with one surname are a family: that is no agreement
            Level(
                name="surname_sound",
                condition="(name_l IS NULL OR name_r IS NULL) AND surname_sound_l = surname_sound_r",
                bits=-3.0,
                share=0.003,
            ),
            _else(-8.9),
        ),
    ),
    Comparison(
        field="birth",
        missing=_missing("birth"),
        levels=(
            Level(name="same", condition=_same("birth"), bits=13.2, share=0.9075),
            Level(name="one_slip", condition=_slip("birth"), bits=5.5, share=0.03),
            _else(-4.0),
        ),
    ),
    Comparison(
        field="document",
        missing=_missing("document"),
        levels=(
            Level(name="same", condition=_same("document"), bits=18.0, share=0.9444),
            Level(name="one_slip", condition=_slip("document"), bits=14.0, share=0.04),
            _else(-6.0),
        ),
    ),
    Comparison(
        field="phone",
        missing=_missing("phone"),
        levels=(
            Level(
                name="same",
                condition=f"phone_l = phone_r AND greatest(phone_n_l, phone_n_r) <= {_FEW}",
                bits=13.5,
                share=0.7,
            ),
            Level(name="same_shared", condition=_same("phone"), bits=11.5, share=0.04),
            Level(name="one_slip", condition=_slip("phone"), bits=11.0, share=0.06),
            _else(-2.3),
        ),
    ),
    Comparison(
        field="address",
        missing=_missing("address"),
        # EM says 12 bits; families share it together with the telephone, so half of that is theirs
        levels=(
            Level(name="same", condition=_same("address"), bits=6.0, share=0.6),
            Level(
                name="similar",
                condition="length(address_l) > 9 AND jaro_winkler_similarity(address_l, address_r) >= 0.9",
                bits=4.0,
                share=0.1,
            ),
            Level(
                name="alike",
                condition="length(address_l) > 9 AND jaro_winkler_similarity(address_l, address_r) >= 0.75",
                bits=1.0,
                share=0.05,
            ),
            _else(-2.0),
        ),
    ),
    Comparison(
        field="city",
        missing=_missing("city"),
        levels=(
            Level(name="same", condition=_same("city"), bits=4.5, share=0.8775),
            Level(
                name="similar",
                condition="length(city_l) > 4 AND length(city_r) > 4 AND jaro_winkler_similarity(city_l, city_r) >= 0.88",
                bits=4.0,
                share=0.06,
            ),
            _else(-4.0),
        ),
    ),
    Comparison(
        field="postcode",
        missing=_missing("postcode"),
        levels=(
            Level(name="same", condition=_same("postcode"), bits=8.0, share=0.8975),
            Level(name="one_slip", condition=_slip("postcode"), bits=4.0, share=0.04),
            _else(-4.0),
        ),
    ),
    *(
        Comparison(
            field=field,
            missing=_missing(field),
            levels=(Level(name="same", condition=_same(field), bits=16.0, share=0.956), _else(-4.5)),
        )
        for field in ("wechat", "qq", "email")
    ),
)


def rising(each: Comparison) -> tuple[Level, ...]:
    """The levels by Splink's number for them: 0 is the last, counting upwards."""
    return each.levels[::-1]


# DuckDB compares byte by byte, Splink's functions for Spark sign by sign: for Chinese that differs, so bytes are made signs.
_ALIKE = re.compile(r"jaro_winkler_similarity\((\w+), (\w+)\)")
_BY_BYTES = r"jaro_winkler(decode(encode(\1, 'UTF-8'), 'ISO-8859-1'), decode(encode(\2, 'UTF-8'), 'ISO-8859-1'))"


def splink_settings(*, dialect: str = "duckdb") -> dict[str, Any]:
    """The model as Splink's settings: one blocking rule over keys prepared beforehand, every weight given.

    `dialect` is duckdb or spark: they call one function, and quote, differently.
    """
    quote = '"' if dialect == "duckdb" else "`"
    keys = f"l.{quote}keys{quote} = r.{quote}keys{quote}"
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": PRIOR,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": keys, "sql_dialect": dialect, "arrays_to_explode": ["keys"]}
        ],
        "comparisons": [_comparison(each, dialect) for each in COMPARISONS],
    }


def _comparison(each: Comparison, dialect: str) -> dict[str, Any]:
    missing = {"sql_condition": each.missing, "label_for_charts": "missing", "is_null_level": True}
    return {
        "output_column_name": each.field,
        "comparison_levels": [missing, *(_level(one, dialect) for one in each.levels)],
    }


def _level(one: Level, dialect: str) -> dict[str, Any]:
    """m and u whose ratio is the weight; only the ratio counts."""
    m, u = (0.9, 0.9 / 2**one.bits) if one.bits >= 0 else (0.9 * 2**one.bits, 0.9)
    tf = {"tf_adjustment_column": one.tf, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 0.00002} if one.tf else {}
    condition = one.condition if dialect == "duckdb" else _ALIKE.sub(_BY_BYTES, one.condition)
    return {"sql_condition": condition, "label_for_charts": one.name, "m_probability": m, "u_probability": u, **tf}
