"""The library of rules: what is asked of each record, as data. Pure.

A rule is two conditions of SQL over a record `r` (its fields by the short words below): where it applies, and where it is kept.
They are shown as they stand: the condition is the formula. A changed condition is a new version. Conditions come from here
only; what a person may set is how severe a rule is, how much it weighs, whether it is asked at all, and its numbers ([most]).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made_by

SEVERITIES = ("block", "warn", "info")  # what must not go out, what a steward should see, what is good to know


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of one field. `weight` is its share in the rate of its source; `applies` and `holds` are conditions."""

    code: str
    field: str
    severity: str
    weight: float
    en: str
    zh: str
    applies: str
    holds: str
    version: int = 1
    # the limits in its conditions and its name, by their gaps
    numbers: Mapping[str, int] = made_by(default_factory=dict)
    is_on: bool = True

    @property
    def formula(self) -> str:
        """What is divided by what."""
        return f"count({self.applies} AND {self.holds}) ÷ count({self.applies})"


def settled(rule: Rule, **told: object) -> Rule:
    """The rule as it is set: its severity, weight, numbers …, with the numbers in their gaps.

    The one of the library goes in, not one that is settled already.
    """
    one = replace(rule, **told)  # type: ignore[arg-type]

    def filled(text: str) -> str:
        for gap, number in one.numbers.items():
            text = text.replace(f"[{gap}]", str(number))
        return text

    return replace(one, en=filled(one.en), zh=filled(one.zh), applies=filled(one.applies), holds=filled(one.holds))


# Short words in conditions: {name} is the record's field; customer is the customer it speaks of.
_FIELDS = re.compile(r"\{([a-z]\w*)\}")
ALL = "true"


def sql(condition: str) -> str:
    """A condition as PostgreSQL takes it."""
    return _FIELDS.sub(lambda found: f"coalesce(r.fields->>'{found[1]}', '')", condition)


def _has(field: str) -> str:
    return f"{{{field}}} <> ''"


def _rule(
    code: str, field: str, severity: str, weight: float, en: str, zh: str, holds: str, applies: str = "", **numbers: int
) -> Rule:
    return Rule(
        code=code,
        field=field,
        severity=severity,
        weight=weight,
        en=en,
        zh=zh,
        holds=holds,
        applies=applies or _has(field),
        numbers=numbers,
    )


_CITY_DIGITS = "{region} !~ '[0-9]'"
_MALE_FEMALE = "{title} IN ('mr', 'ms')"

RULES: tuple[Rule, ...] = (
    _rule("name_present", "name", "warn", 2, "A name is there", "姓名已填", _has("name"), ALL),
    _rule("name_two_signs", "name", "warn", 1, "A name has [least] signs or more", "姓名至少 [least] 个字符",
          "length({name}) >= [least]", least=2),
    _rule("name_no_digits", "name", "warn", 1, "No digits in a name", "姓名不含数字", "{name} !~ '[0-9]'"),
    _rule("name_no_placeholder", "name", "block", 2, "A name is no placeholder", "姓名不是占位文字",
          "lower({name}) !~ '^(test|n/?a|null|none|unknown|无|未知|测试.*|客户)$'"),
    _rule("name_not_title", "name", "info", 1, "More than a surname and a title", "不只是姓氏加称谓",
          "{name} !~ '^.{1,2}(先生|女士|小姐|太太)$'"),
    _rule("name_tidy", "name", "info", 0.5, "No double or outer blanks, no brackets", "无多余空格和括号",
          "{name} !~ '(^ | $|  |[()（）\\[\\]])'"),
    _rule("name_agrees", "name", "warn", 1, "The name is the customer's", "与客户姓名一致", "{name} = customer.name",
          "{name} <> '' AND customer.name <> ''"),
    _rule("title_known", "title", "info", 0.5, "Form of address is mr or ms", "称谓为 mr 或 ms", _MALE_FEMALE),
    _rule("language_tag", "language", "info", 0.5, "Language is a BCP 47 tag", "语言为 BCP 47 代码",
          "{language} ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$'"),
    _rule("phone_present", "phone", "warn", 2, "A telephone is there", "电话已填", "({phone} <> '' OR {landline} <> '')", ALL),
    _rule("phone_mobile", "phone", "warn", 1, "A mobile number of the mainland", "中国大陆手机号格式",
          "{phone} ~ '^\\+861[3-9][0-9]{9}$'", "{phone} LIKE '+86%%'"),
    _rule("phone_not_generic", "phone", "block", 2, "Not a number from an advertisement", "不是示例号码",
          "{phone} NOT IN ('+8613800138000', '+8613888888888') AND {phone} !~ '([0-9])\\1{7}$'"),
    _rule("phone_not_shared", "phone", "warn", 1, "At most [most] customers share it", "共用客户不超过 [most] 个",
          "NOT EXISTS (SELECT FROM shared WHERE shared.value = r.fields->>'phone' AND shared.people > [most])", most=8),
    _rule("landline_shape", "landline", "warn", 1, "A landline with its area code", "固话含区号",
          "{landline} ~ '^\\+86[2-9][0-9]{8,10}$' OR {landline} ~ '^\\+8610[0-9]{8}$'", "{landline} LIKE '+86%%'"),
    _rule("email_shape", "email", "warn", 1, "Mail has a name and a domain", "邮箱格式正确",
          "{email} ~ '^[^@ ]+@[a-z0-9.-]+\\.[a-z]{2,}$'"),
    _rule("email_no_slip", "email", "info", 0.5, "No slip in a well-known domain", "常见邮箱域名无误拼",
          "{email} !~ '@(gmial|gamil|hotmial|qq\\.con|163\\.con|126\\.con)'"),
    _rule("email_not_example", "email", "block", 1, "Mail is no example", "不是示例邮箱",
          "{email} !~ '(@example\\.|^test@|^no@|^none@)'"),
    _rule("document_present", "id_document", "info", 1, "An id document is there", "证件已填", _has("id_document"), ALL),
    _rule("document_check_digit", "id_document", "block", 2, "Check digit and date are right (GB 11643)",
          "校验位与日期正确（GB 11643）", "{document_ok} = 'true'", "{id_document} <> '' AND {document_ok} <> ''"),
    _rule("document_year", "id_document", "block", 2, "Born in the year the document tells", "出生年与证件一致",
          "{birth_year} = {document_year}", "{birth_year} <> '' AND {document_year} <> ''"),
    _rule("birth_present", "birth_year", "info", 1, "A year of birth is there", "出生年已填", _has("birth_year"), ALL),
    _rule("birth_not_future", "birth_year", "block", 2, "Born before today", "出生年不在未来",
          "{birth_year}::int <= extract(year FROM %(now)s::timestamptz)"),
    _rule("birth_not_too_old", "birth_year", "warn", 1, "At most [years] years old", "年龄不超过 [years] 岁",
          "{birth_year}::int >= extract(year FROM %(now)s::timestamptz) - [years]", years=110),
    _rule("birth_no_default", "birth_year", "info", 0.5, "Not the year of an empty form", "不是表单默认年份",
          "{birth_year} NOT IN ('1900', '1970')"),
    _rule("birth_agrees", "birth_year", "warn", 1, "The year is the customer's", "与客户出生年一致",
          "{birth_year} = customer.birth_year::text", "{birth_year} <> '' AND customer.birth_year IS NOT NULL"),
    _rule("region_present", "region", "info", 1, "A region is there", "地区已填", _has("region"), ALL),
    _rule("region_no_digits", "region", "warn", 1, "A region holds no digits", "地区不含数字", _CITY_DIGITS),
    _rule("region_agrees", "region", "info", 1, "The region is the customer's", "与客户地区一致",
          "{region} = customer.region", "{region} <> '' AND customer.region <> ''"),
    _rule("wechat_shape", "wechat", "warn", 1, "A WeChat id or unionid", "微信号或 unionid 格式",
          "{wechat} ~ '^[A-Za-z0-9][A-Za-z0-9_-]{5,27}$'"),
    _rule("qq_shape", "qq", "warn", 1, "QQ has 5 to 11 digits", "QQ 号 5 至 11 位", "{qq} ~ '^[1-9][0-9]{4,10}$'"),
    _rule("openid_has_app", "openid", "block", 1, "An openid says its app", "OpenID 注明应用", _has("openid_app")),
    _rule("address_long_enough", "address", "warn", 1, "An address of [least] signs or more", "地址至少 [least] 个字符",
          "length({address}) >= [least]", least=6),
    _rule("address_has_number", "address", "info", 0.5, "An address has a number", "地址含门牌号",
          "{address} ~ '[0-9一二三四五六七八九十]'"),
    _rule("address_in_region", "address", "info", 1, "The address lies in the region told", "地址与地区相符",
          "position({region} IN {address}) > 0", "{address} <> '' AND {region} <> '' AND {address} ~ '[省市]'"),
    _rule("credit_code_shape", "credit_code", "warn", 1, "A credit code has 18 signs (GB 32100)", "信用代码 18 位（GB 32100）",
          "{credit_code} ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'"),
    _rule("enterprise_has_code", "kind", "warn", 2, "An enterprise has its credit code", "企业有信用代码", _has("credit_code"),
          "{kind} = 'enterprise'"),
    _rule("household_has_contact", "kind", "info", 1, "A household can be reached", "家庭可联系",
          "({phone} <> '' OR {landline} <> '' OR {broadband} <> '' OR {address} <> '')", "{kind} = 'household'"),
    _rule("subscription_shape", "subscription", "warn", 1, "A subscription is a number or an access", "业务号码格式正确",
          "{subscription} ~ '^[+0-9A-Z@._-]{4,60}$'"),
    _rule("key_of_its_own", "key", "warn", 1, "The source has a key for the record", "来源有自己的编号", "r.key !~ '^#'", ALL),
    _rule("observed_not_future", "observed_at", "block", 1, "Observed before now", "数据时间不在未来",
          "r.observed_at <= %(now)s::timestamptz + interval '1 day'", ALL),
    _rule("observed_lately", "observed_at", "info", 1, "Observed within [days] days", "数据时间在 [days] 天内",
          "r.observed_at > %(now)s::timestamptz - interval '[days] days'", ALL, days=730),
    _rule("reachable", "phone", "warn", 2, "Something leads to the person", "至少有一种联系方式",
          "({phone} <> '' OR {landline} <> '' OR {email} <> '' OR {wechat} <> '' OR {qq} <> '' OR {openid} <> ''"
          " OR {wecom} <> '')", ALL),
)  # fmt: skip
BY_CODE = {rule.code: rule for rule in RULES}


def rate(judged: Mapping[str, tuple[int, int]], rules: Mapping[str, Rule] = BY_CODE) -> float | None:
    """Weighted share of what is kept over the rules that applied: Σ w·kept/checked ÷ Σ w; `judged`: checked and failed."""
    told = [(rules[code].weight, failed / checked) for code, (checked, failed) in judged.items() if checked]
    total = sum(weight for weight, _share in told)
    return None if not total else 1 - sum(weight * share for weight, share in told) / total
