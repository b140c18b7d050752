"""From columns of a file to fields of ours, and from text to values; each refusal names column and reason. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

# The names a column may carry, folded: lower case, without spaces, dashes and underscores.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "key": ("key", "id", "recordid", "customerid", "uniqueid", "客户编号", "编号", "客户号", "用户id"),
    "name": ("name", "fullname", "customername", "姓名", "客户姓名", "名称", "客户名称"),
    "title": ("title", "salutation", "称谓"),
    "language": ("language", "lang", "语言"),
    "region": ("region", "city", "province", "地区", "城市", "省份", "归属地"),
    "birth": ("birth", "birthday", "birthdate", "dob", "dateofbirth", "birthyear", "出生日期", "生日"),
    "phone": ("phone", "mobile", "telephone", "tel", "phonenumber", "mobilenumber", "手机", "手机号", "手机号码", "联系电话",
              "电话"),
    "landline": ("landline", "homephone", "固话", "固定电话", "座机"),
    "email": ("email", "mail", "邮箱", "电子邮件", "电子邮箱"),
    "id_document": ("iddocument", "idno", "idcard", "idnumber", "身份证", "身份证号", "身份证号码", "证件号码"),
    "wechat": ("wechat", "weixin", "unionid", "微信", "微信号"),
    "qq": ("qq", "qq号"),
    "weibo": ("weibo", "微博"),
    "member": ("member", "memberno", "membernumber", "会员号", "会员编号"),
    "observed_at": ("observedat", "updatedat", "modifiedat", "lastmodified", "更新时间", "修改时间"),
}  # fmt: skip
IDENTIFIERS = ("phone", "landline", "email", "id_document", "wechat", "qq", "weibo", "member")
_LONGEST = {"key": 80, "name": 120, "title": 8, "language": 12, "region": 60}
_FIELD_OF = {synonym: field for field, synonyms in SYNONYMS.items() for synonym in synonyms}
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,80}\.[A-Za-z]{2,10}")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
Spell = Callable[[str, str], str]  # kind and value → the one spelling, "" for what cannot be of this kind


class Wrong(Exception):
    """One value of one row cannot be taken."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column, self.sentence = column, sentence


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row as we understand it. `identifiers` are (kind, value), normalised; `digest` changes with the content."""

    number: int
    key: str
    values: dict[str, str]  # name, title, language, region
    birth_year: int | None
    identifiers: tuple[tuple[str, str], ...]
    observed_at: datetime | None
    digest: bytes


def propose(header: Sequence[str]) -> dict[str, str]:
    """Which column means what, by its name; a field is given once, to the first column that fits."""
    found: dict[str, str] = {}
    for column in header:
        field = _FIELD_OF.get(re.sub(r"[\s_\-]+", "", column.strip().casefold()))
        if field and field not in found.values():
            found[column] = field
    return found


def read_row(*, number: int, cells: Mapping[str, str], mapping: Mapping[str, str], spell: Spell) -> Row:
    """One row of a file in our terms. Raises Wrong with the column and a sentence."""
    values: dict[str, str] = {}
    identifiers: list[tuple[str, str]] = []
    birth_year: int | None = None
    observed_at: datetime | None = None
    for column, field in mapping.items():
        text = (cells.get(column) or "").strip()
        if not text:
            continue
        if field in IDENTIFIERS:
            identifiers.append((field, _identifier(column, field, text, spell)))
        elif field == "birth":
            birth_year = _year(column, text)
        elif field == "observed_at":
            observed_at = _instant(column, text)
        else:
            values[field] = _text(column, field, text)
    if not identifiers and not values.get("name"):
        raise Wrong("", "The row has neither a name nor anything to find the customer by.")
    told = repr((sorted(values.items()), birth_year, identifiers))
    key = values.pop("key", "") or "#" + hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    return Row(
        number=number,
        key=key,
        values=values,
        birth_year=birth_year,
        identifiers=tuple(identifiers),
        observed_at=observed_at,
        digest=hashlib.blake2b(told.encode(), digest_size=16).digest(),
    )


def _identifier(column: str, kind: str, text: str, spell: Spell) -> str:
    # the fast paths: most rows, 30 times as quick
    mobile = _MOBILE.fullmatch(text) if kind == "phone" else None
    if mobile:
        return f"+86{mobile[1]}"
    if kind == "email" and _MAIL.fullmatch(text):
        return text.lower()
    spelled = spell(kind, text)
    if not spelled:
        raise Wrong(column, f"“{text[:40]}” cannot be a value of the kind {kind}.")
    return spelled


def _text(column: str, field: str, text: str) -> str:
    if len(text) > _LONGEST[field]:
        raise Wrong(column, f"The value has {len(text)} characters; {field} may have {_LONGEST[field]}.")
    return text


def _year(column: str, text: str) -> int:
    """The year of a date written as 1980-03-01, 1980/3/1, 19800301, 1980年3月1日 or 1980."""
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return int(text)
    found = _DATE.fullmatch(text.split(" ")[0].split("T")[0])
    try:
        if found is None:
            raise ValueError
        born = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise Wrong(column, f"“{text[:40]}” is no date. Write it as 1980-03-01.") from None
    if not 1900 <= born.year <= 2100:
        raise Wrong(column, f"Nobody was born in {born.year}.")
    return born.year


def _instant(column: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise Wrong(column, f"“{text[:40]}” is no time. Write it as 2026-03-01 14:30.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
