"""Records → candidate pairs → weights, on DuckDB: blocking keys in SQL, bits by Splink with the published model.

Names are spelled by sound (pypinyin); a name that is only a title (王先生) is a surname and a hint. The birth date is
also read out of the id number. Keys that more than 60 records share (hotlines, one street) are left out and reported.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation.errors import Unavailable
from customers.identity.linking.clustering import Pair
from customers.identity.linking.model import COMPARISONS, splink_settings, weight

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
    wechat: str = ""
    qq: str = ""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Pairs with their bits; `evidence(a, b)` explains one in full."""

    pairs: list[Pair]
    levels: dict[tuple[int, int], tuple[int, ...]]
    skipped_keys: int  # shared by too many records to say anything

    def evidence(self, a: int, b: int) -> list[dict[str, Any]]:
        """Field, agreement and bits of a weighed pair, the strongest first; no value of anybody."""
        found = self.levels.get((min(a, b), max(a, b)), ())
        told = [(each.field, *weight(field=each.field, level=n)) for each, n in zip(COMPARISONS, found, strict=False)]
        said = [{"field": field, "agreement": name, "bits": bits} for field, name, bits in told if name != "missing"]
        return sorted(said, key=lambda one: -abs(float(one["bits"])))


# Every way two records of one person may still meet: the same value, one wrong digit (or two swapped) in a number,
# name and place, birth date and place, half a number and place.
_PREPARE = """
CREATE TABLE spelled AS
SELECT *, count(*) OVER (PARTITION BY phone) AS phone_n, list_distinct(list_filter(list_concat(
    ['d' || document, 'w' || wechat, 'q' || qq, 'e' || email, 'm' || phone, 'n' || name || coalesce(city, ''),
     'p' || sound || coalesce(city, ''), 'a' || address || coalesce(city, ''), 'b' || birth || coalesce(city, ''),

     'B' || birth, 'N' || name, 'A' || address,
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


def weigh(records: Sequence[Record]) -> Weighed:
    """Every candidate pair among the records (numbered by place) with its bits. Raises Unavailable without Splink."""
    try:
        import duckdb
        import pandas
        from splink import DuckDBAPI, Linker
    except ImportError:
        raise Unavailable(_("Linking needs the analytics packages: install requirements/analytics.txt.")) from None
    logging.getLogger("splink").setLevel(logging.ERROR)  # it counts seconds aloud
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
        found = linker.inference.predict(threshold_match_weight=FLOOR_BITS)
        gammas = ", ".join(f'"gamma_{each.field}"' for each in COMPARISONS)
        told = database.execute(
            f"SELECT unique_id_l, unique_id_r, match_weight, {gammas} FROM {found.physical_name}"  # noqa: S608
        ).fetchall()
    pairs = [Pair(a=int(row[0]), b=int(row[1]), bits=float(row[2])) for row in told]
    levels = {(min(row[0], row[1]), max(row[0], row[1])): tuple(row[3:]) for row in told}
    return Weighed(pairs=pairs, levels=levels, skipped_keys=skipped[0] if skipped else 0)


_COLUMNS = ["unique_id", "name", "surname", "turned", "sound", "surname_sound", *list(asdict(Record()))[1:]]


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
        values = [name, surname, turned(name), sound(name), sound(surname), *list(rest.values())[1:]]
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
