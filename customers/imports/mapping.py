"""From columns of a file to fields of ours, and from text to values; each refusal names column and reason. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import blake2b as _digested
from json.encoder import encode_basestring as _quoted
from typing import NamedTuple, TypeVar

from customers.imports.refusals import Facts, Wrong
from customers.imports.refusals import gettext_noop as _
from customers.imports.steps import Step, prepared, sources_of, targets_of

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
    "openid": ("openid", "微信openid"),
    "openid_app": ("openidapp", "wxappid", "公众号appid", "小程序appid"),
    "wecom": ("wecom", "externaluserid", "企业微信", "企业微信id"),
    "corp_id": ("corpid", "企业微信corpid"),
    "app": ("app", "appinstall", "installid", "应用安装id"),
    "app_id": ("appid", "应用id"),
    "device": ("device", "deviceid", "设备号", "设备id"),
    "web": ("web", "cookie", "cookieid", "网站账号"),
    "broadband": ("broadband", "broadbandaccount", "宽带账号", "宽带"),
    "credit_code": ("creditcode", "uscc", "统一社会信用代码", "信用代码"),
    "kind": ("partykind", "customerkind", "customertype", "客户类型"),
    "role": ("partyrole", "userrole", "客户角色", "角色"),
    "address": ("address", "homeaddress", "地址", "住址", "联系地址", "装机地址"),
    "account": ("account", "accountno", "accountnumber", "billingaccount", "账户号", "账户编号", "合同号"),
    "subscription": ("subscription", "serviceno", "servicenumber", "业务号码", "用户号码", "接入号"),
    "observed_at": ("observedat", "updatedat", "modifiedat", "lastmodified", "更新时间", "修改时间"),
}  # fmt: skip
IDENTIFIERS = (
    "phone", "landline", "email", "id_document", "wechat", "qq", "weibo", "member", "openid", "wecom", "app", "device", "web",
    "broadband", "credit_code",
)  # fmt: skip
# What is only known within an app or a corporation, and the field that names it: never compared across them.
SCOPED = {"openid": "openid_app", "wecom": "corp_id", "app": "app_id"}
_SCOPED_KINDS = frozenset(SCOPED)
KINDS = {
    "individual": "individual", "person": "individual", "个人": "individual", "household": "household", "家庭": "household",
    "campus": "campus", "school": "campus", "校园": "campus", "学校": "campus", "enterprise": "enterprise",
    "group": "enterprise", "企业": "enterprise", "集团": "enterprise",
}  # fmt: skip
ROLES = {
    "user": "user", "使用人": "user", "holder": "holder", "户主": "holder", "机主": "holder", "payer": "payer",
    "付费人": "payer", "contact": "contact", "联系人": "contact",
}  # fmt: skip
_CODED = {"kind": KINDS, "role": ROLES}
_LONGEST = {
    "key": 80, "name": 120, "title": 8, "language": 12, "region": 60, "address": 200, "account": 40, "subscription": 60,
    "openid_app": 48, "corp_id": 48, "app_id": 48,
}  # fmt: skip
_FIELD_OF = {synonym: field for field, synonyms in SYNONYMS.items() for synonym in synonyms}
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,80}\.[A-Za-z]{2,10}")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
# What a sensitive value is stored as: its index, its sealed text, and what may be said of it besides, as JSON.
SEALED = frozenset({"id_document"})
Seal = Callable[[str, str], tuple[str, str, dict[str, str]]]
Spell = Callable[[str, str], str]  # kind and value → the one spelling, "" for what cannot be of this kind


class Row(NamedTuple):
    """One row as we understand it; a tuple, for a million of them are made."""

    number: int
    key: str
    identifiers: tuple[tuple[str, str], ...]  # kind and value, normalised, each pair once
    observed_at: datetime | None
    fields: str  # all of it as JSON: name, title, language, region, birth_year, identifiers by their kinds
    digest: bytes  # changes with the content
    sealed: tuple[tuple[str, str, str], ...] = ()  # of sensitive identifiers: index, sealed text, year of birth in it
    scopes: tuple[tuple[str, str], ...] = ()  # kind and app or corp id, of kinds that have one


def propose(header: Sequence[str]) -> dict[str, str]:
    """Which column of people means what, by its name."""
    return by_names(header, _FIELD_OF)


def by_names(header: Sequence[str], field_of: Mapping[str, str]) -> dict[str, str]:
    """Which column means what, `field_of` its name; a field is given once, to the first column that fits."""
    found: dict[str, str] = {}
    for column in header:
        plain = column.strip().casefold()
        field = field_of.get(plain) or field_of.get(re.sub(r"[\s_\-]+", "", plain))
        if field and field not in found.values():
            found[column] = field
    return found


_NAMING, _SAYING, _OTHERWISE = range(3)


def _way(field: str) -> int:
    """How a column of this field is read: as an identifier, as a text kept as it stands, or in a way of its own."""
    if field in IDENTIFIERS:
        return _NAMING
    return _SAYING if field in _LONGEST and field not in {"key", "subscription"} else _OTHERWISE


class RowReader:
    """Rows of one file in our terms. The mapping is looked through once, not once a row."""

    def __init__(self, *, mapping: Mapping[str, str], spell: Spell, seal: Seal, steps: Sequence[Step] = ()) -> None:
        # by field, so that what is told comes in order
        ordered = sorted(mapping.items(), key=lambda pair: pair[1])
        self._columns = tuple(
            (column, field, _way(field), _LONGEST.get(field, 0), f'"{field}":') for column, field in ordered
        )
        self._spell, self._seal = spell, seal
        self.sensitive = {column: field for column, field in ordered if field in SEALED}
        for step in reversed(steps):  # what a sensitive value is made of is sensitive too
            kind = next((self.sensitive[name] for name in targets_of(step) if name in self.sensitive), "")
            self.sensitive |= dict.fromkeys(sources_of(step), kind) if kind else {}
        self._steps = prepared(steps) if steps else None

    def read(self, *, number: int, cells: Mapping[str, str]) -> Row:
        """One row. Raises Wrong with the column and a sentence."""
        identifiers: dict[tuple[str, str], None] = {}
        told: dict[str, str] = {}  # field → its member of the JSON, `"field":value`
        sealed: list[tuple[str, str, str]] = []
        key, observed_at = "", None
        if self._steps is not None:
            cells = self._steps(cells)
        for column, field, way, most, opening in self._columns:
            text = cells.get(column)
            if not text or not (text := text.strip()):
                continue
            if way == _SAYING and len(text) <= most:
                told[field] = opening + _quoted(text)
            elif way == _NAMING:
                value = _identifier(column, field, text, self._spell)
                if field in SEALED:
                    value = self._hide(field, value, told, sealed)
                identifiers[field, value] = None
                _tell(told, field, opening, _quoted(value))
            elif field == "key":
                key = _short(column, field, text)
            elif field == "birth":
                told["birth_year"] = f'"birth_year":{_judged(_year, column, text)}'
            elif field == "observed_at":
                observed_at = _judged(_instant, column, text)
            else:
                told[field] = opening + _quoted(self._plain(column, field, text))
        return _row(number, key, identifiers, observed_at, told, sealed)

    def prepared(self, cells: Mapping[str, str]) -> Mapping[str, str]:
        """The cells as the steps make them. Raises Wrong where one cannot be done."""
        return cells if self._steps is None else self._steps(cells)

    def _plain(self, column: str, field: str, text: str) -> str:
        """A value that is neither identifier, date nor key."""
        if field in _CODED:
            return _coded(column, field, text)
        text = _short(column, field, text)
        return self._spell("phone", text) or "".join(text.split()).upper() if field == "subscription" else text

    def _hide(self, field: str, value: str, told: dict[str, str], sealed: list[tuple[str, str, str]]) -> str:
        """What a sensitive value is found by; its sealed text and what may be said of it are put where they belong."""
        index, box, notes = self._seal(field, value)
        sealed.append((index, box, notes.get("document_year", "")))
        told |= {name: f'"{name}":{note}' for name, note in notes.items()}
        return index


def _tell(told: dict[str, str], field: str, opening: str, value: str) -> None:
    """A second number of one kind is called phone#2; the same number again is told already."""
    n, name, member = 2, field, opening + value
    while told.get(name, member) != member:
        name = f"{field}#{n}"
        n, member = n + 1, f'"{name}":{value}'
    told[name] = member


def _short(column: str, field: str, text: str) -> str:
    if len(text) > _LONGEST[field]:
        raise Wrong(
            column, _("The value has %(length)s characters; “%(field)s” may have %(most)s."),
            length=len(text), field=field, most=_LONGEST[field],
        )  # fmt: skip
    return text


def _coded(column: str, field: str, text: str) -> str:
    """A word of a closed list, in any of its spellings."""
    found = _CODED[field].get(text.casefold())
    if found is None:
        known = ", ".join(dict.fromkeys(_CODED[field].values()))
        raise Wrong(
            column, _("“%(value)s” is not known as a value of “%(field)s”. It may be: %(known)s."),
            value=text[:40], field=field, known=known,
        )  # fmt: skip
    return found


def _scopes(identifiers: Mapping[tuple[str, str], None], told: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Which app or corporation each scoped identifier belongs to. Raises Wrong where the row does not say."""
    scopes: dict[str, str] = {}
    for kind, _value in identifiers:
        scope = SCOPED.get(kind)
        if scope is None:
            continue
        if scope not in told:
            raise Wrong(
                "", _("“%(field)s” is known within one app or corporation only: say which in a column of its own (%(scope)s)."),
                field=kind, scope=scope,
            )  # fmt: skip
        scopes[kind] = json.loads("{" + told[scope] + "}")[scope]
    return tuple(scopes.items())


def _row(
    number: int, key: str, identifiers: Mapping[tuple[str, str], None], observed_at: datetime | None,
    told: Mapping[str, str], sealed: Sequence[tuple[str, str, str]],
) -> Row:  # fmt: skip
    if not identifiers and "name" not in told:
        raise Wrong("", _("The row has neither a name nor anything to find the customer by."))
    fields = "{" + ",".join(told.values()) + "}"
    # two numbers of one kind stand once in the fields, and both in the identifiers
    content = f"{fields}{sorted(identifiers)}" if len(identifiers) > 1 else fields
    digest = _digested(content.encode(), digest_size=16).digest()
    scopes = () if _SCOPED_KINDS.isdisjoint(told) else _scopes(identifiers, told)
    own = key or "#" + digest.hex()
    return Row(number, own, tuple(identifiers), observed_at, fields, digest, tuple(sealed), scopes)


def _identifier(column: str, kind: str, text: str, spell: Spell) -> str:
    # the fast paths: most rows, 30 times as quick
    if kind == "phone":
        if len(text) == 11 and text[0] == "1" and text[1] in "3456789" and text.isascii() and text.isdigit():
            return f"+86{text}"
        if mobile := _MOBILE.fullmatch(text):
            return f"+86{mobile[1]}"
    elif kind == "email" and _MAIL.fullmatch(text):
        return text.lower()
    spelled = spell(kind, text)
    if not spelled:
        value = "…" if kind in SEALED else text[:40]  # a sensitive value is not repeated, not even a wrong one
        raise Wrong(column, _("“%(value)s” cannot be a value of “%(field)s”."), value=value, field=kind)
    return spelled


Judged = TypeVar("Judged")


class _No(NamedTuple):
    """Why a text means nothing; an answer, not an error, so that it can be remembered."""

    sentence: str
    facts: Facts


def _judged(judge: Callable[[str], Judged | _No], column: str, text: str) -> Judged:
    """What a text means, or Wrong with the sentence that `judge` has for it."""
    found = judge(text)
    if isinstance(found, _No):
        raise Wrong(column, found.sentence, **found.facts)
    return found


@lru_cache(maxsize=65_536)  # dates repeat: a file has few of them
def _year(text: str) -> int | _No:
    """The year of a date written as 1980-03-01, 1980/3/1, 19800301, 1980年3月1日 or 1980; else what is wrong."""
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return int(text)
    found = _DATE.fullmatch(text.split(" ")[0].split("T")[0])
    try:
        if found is None:
            raise ValueError
        born = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return _No(_("“%(value)s” is no date. Write it as 1980-03-01."), {"value": text[:40]})
    return born.year if 1900 <= born.year <= 2100 else _No(_("Nobody was born in %(year)s."), {"year": born.year})


@lru_cache(maxsize=65_536)
def _instant(text: str) -> datetime | _No:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return _No(_("“%(value)s” is no time. Write it as 2026-03-01 14:30."), {"value": text[:40]})
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
