"""Records → candidate pairs → weights, on DuckDB: blocking keys in SQL, bits by Splink with the published model.

Names are spelled by sound (pypinyin); a name that is only a title (王先生) is a surname and a hint. The birth date is
also read out of the id number. Keys that more than 60 records share (hotlines, one street) are left out and reported.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Unavailable
from customers.identity.linking import training
from customers.identity.linking.clustering import Pair
from customers.identity.linking.model import COMPARISONS, rising, splink_settings

LOWEST_BITS = -24.0  # before training, which may lift a pair
FLOOR_BITS = -14.0  # weaker pairs are not even kept as evidence against a join
LARGEST_BLOCK = 60
_TITLES = ("先生", "女士", "小姐", "太太", "老师", "师傅")


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record as a source tells it; "" is unknown. Values are normalised by `customers.identity.normalise`."""

    name: str = ""
    birth: str = ""  # yyyymmdd
    document: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    postcode: str = ""
    wechat: str = ""
    qq: str = ""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Pairs with their bits; `evidence(a, b)` explains one in full."""

    pairs: list[Pair]
    levels: dict[tuple[int, int], tuple[int, ...]]
    added: list[list[float]]  # bits that training added to each level of each field
    skipped_keys: int  # shared by too many records to say anything

    def evidence(self, a: int, b: int) -> list[dict[str, Any]]:
        """Field, agreement and bits of a weighed pair, the strongest first; no value of anybody."""
        found = self.levels.get((min(a, b), max(a, b)), ())
        said = [
            {"field": each.field, "agreement": rising(each)[n].name, "bits": round(rising(each)[n].bits + added[n], 1)}
            for each, n, added in zip(COMPARISONS, found, self.added, strict=False)
            if n >= 0
        ]
        return sorted(said, key=lambda one: -abs(float(str(one["bits"]))))


# Every way two records of one person may still meet: the same value, one wrong digit (or two swapped) in a number,
# name and place, birth date and place, half a number and place; of Latin names a part with place, birth date or street.
_PREPARE = """
CREATE TABLE spelled AS
SELECT *, count(*) OVER (PARTITION BY phone) AS phone_n, list_distinct(list_filter(list_concat(
    ['d' || document, 'w' || wechat, 'q' || qq, 'e' || email, 'm' || phone, 'n' || name || coalesce(city, ''),
     'p' || sound || coalesce(city, ''), 'a' || address || coalesce(city, ''), 'b' || birth || coalesce(city, ''),
     'B' || birth, 'N' || name, 'A' || address,
     'g' || given || surname || coalesce(city, ''), 'G' || given || postcode, 'S' || long_surname || postcode,
     's' || long_surname || city, 'z' || long_surname || substr(address, 1, 5), 'i' || birth || long_surname,
     'j' || birth || postcode, 'k' || given || city, 'K' || given || substr(address, 1, 5),
     CASE WHEN long_surname IS NOT NULL THEN 'o' || substr(address, 1, 8) || coalesce(city, '') END,
     CASE WHEN long_surname IS NOT NULL THEN 'O' || substr(address, 1, 8) || postcode END, 'l' || city || postcode,
     'h' || substr(phone, 1, length(phone) - 6) || city, 't' || substr(phone, length(phone) - 5) || city],
    CASE WHEN phone IS NULL THEN [] ELSE list_transform(range(1, length(phone) + 1),
        lambda i: 'x' || substr(phone, 1, i - 1) || substr(phone, i + 1)) END,
    CASE WHEN document IS NULL THEN [] ELSE list_transform(range(1, length(document) + 1),
        lambda i: 'y' || substr(document, 1, i - 1) || substr(document, i + 1)) END
), lambda k: k IS NOT NULL)) AS every_key
FROM (SELECT unique_id, CAST(COLUMNS(* EXCLUDE (unique_id)) AS VARCHAR) FROM given);
CREATE TABLE common AS
SELECT key FROM (SELECT unnest(every_key) AS key FROM spelled) GROUP BY key HAVING count(*) > {largest};
CREATE TABLE prepared AS
SELECT spelled.* EXCLUDE (every_key), coalesce(own.keys, []) AS keys FROM spelled LEFT JOIN (
    SELECT unique_id, list(key) AS keys FROM (SELECT unique_id, unnest(every_key) AS key FROM spelled)
    WHERE key NOT IN (SELECT key FROM common) GROUP BY unique_id
) AS own USING (unique_id)
"""


def weigh(records: Sequence[Record], *, engine: str = "duckdb") -> Weighed:
    """Every candidate pair among the records (numbered by place) with its bits. Raises Unavailable without Splink.

    `engine` is duckdb, or spark for more records than one machine weighs: the same model, the same bits.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)  # it counts seconds aloud
    if engine == "spark":
        from customers.identity.linking import spark

        told, skipped = spark.predicted(_rows(records), columns=_COLUMNS, largest=LARGEST_BLOCK, lowest=LOWEST_BITS)
    else:
        told, skipped = _on_duckdb(records)
    return _trained(told, skipped)


def _on_duckdb(records: Sequence[Record]) -> tuple[list[tuple[Any, ...]], int]:
    try:
        import duckdb
        import pandas
        from splink import DuckDBAPI, Linker
    except ImportError:
        raise Unavailable(_("Linking needs the analytics packages: install requirements/analytics.txt.")) from None
    with duckdb.connect() as database:
        database.register("given", pandas.DataFrame(list(_rows(records)), columns=_COLUMNS))
        database.execute(_PREPARE.format(largest=LARGEST_BLOCK))
        skipped = database.execute("SELECT count(*) FROM common").fetchone()
        linker = Linker(
            DuckDBAPI(connection=database).register("prepared"),
            splink_settings(),
            log_level=logging.ERROR,
            validate_settings=False,
        )
        found = linker.inference.predict(threshold_match_weight=LOWEST_BITS)
        gammas = ", ".join(f'"gamma_{each.field}"' for each in COMPARISONS)
        told = database.execute(
            f"SELECT unique_id_l, unique_id_r, match_weight, {gammas} FROM {found.physical_name}"  # noqa: S608
        ).fetchall()
    return told, skipped[0] if skipped else 0


def _trained(told: Sequence[tuple[Any, ...]], skipped: int) -> Weighed:
    """The pairs with the weights that this batch itself teaches. `told` are two record numbers, bits and levels."""
    bits = np.array([row[2] for row in told], dtype=np.float64)
    levels = np.array([row[3:] for row in told], dtype=np.int64).reshape(len(told), len(COMPARISONS))
    shares = [[level.share for level in rising(each)] for each in COMPARISONS]
    added = training.corrections(bits=bits, levels=levels, published=shares)
    found = training.corrected(bits=bits, levels=levels, added=added)
    kept = [
        (int(row[0]), int(row[1]), float(weight), row[3:])
        for row, weight in zip(told, found, strict=True)
        if weight >= FLOOR_BITS
    ]
    return Weighed(
        pairs=[Pair(a=a, b=b, bits=weight) for a, b, weight, _levels in kept],
        levels={(min(a, b), max(a, b)): tuple(each) for a, b, _weight, each in kept},
        added=added,
        skipped_keys=skipped,
    )


_COLUMNS = [
    "unique_id",
    "name",
    "surname",
    "given",
    "long_surname",
    "turned",
    "sound",
    "surname_sound",
    *list(asdict(Record()))[1:],
]


def _rows(records: Iterable[Record]) -> Iterator[list[Any]]:
    from pypinyin import lazy_pinyin

    sounds: dict[str, str] = {}

    def sound(text: str) -> str:
        if text not in sounds:
            sounds[text] = "".join(lazy_pinyin(text)).casefold()
        return sounds[text]

    for number, record in enumerate(records):
        name, surname = spoken_name(record.name)
        rest = asdict(record)
        rest["birth"] = record.birth or born(record.document)
        given = name.partition(" ")[0] if " " in name else ""
        values = [
            name,
            surname,
            given,
            surname if len(surname) > 1 else "",
            turned(name),
            sound(name),
            sound(surname),
            *list(rest.values())[1:],
        ]
        yield [number, *(value or None for value in values)]


def spoken_name(name: str) -> tuple[str, str]:
    """The whole name and the surname; a name that is only a title has no whole name. Latin names: last word first."""
    text = " ".join(name.split())
    for title in _TITLES:
        if text.endswith(title):
            return "", text.removesuffix(title)[:1]
    if text.isascii():
        folded = text.casefold()
        return folded, folded.rpartition(" ")[2]
    return text, text[:1]


def turned(name: str) -> str:
    """A Latin name with its last word first: forms are filled in either way."""
    first, _space, last = name.rpartition(" ") if name.isascii() else ("", "", "")
    return f"{last} {first}" if first else name


def born(document: str) -> str:
    """The birth date that stands in digits 7–14 of a resident's id (GB 11643), "" where there is none."""
    digits = document[6:14]
    return digits if len(document) >= 18 and digits.isdigit() and "1900" <= digits[:4] <= "2100" else ""
