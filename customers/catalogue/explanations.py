"""Why a line of a bill is what it is: one sentence in English and one in Chinese, made from the line's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "fee": {"en": "Monthly fee", "zh": "月基本费"},
    "fee_part": {
        "en": "Monthly fee of {full}, {days} of {of} days",
        "zh": "月基本费{full}，按{days}/{of}天折算",
    },
    "allowance": {
        "en": "{service} ({scope}): {units} of {amount} included",
        "zh": "{service}（{scope}）：套内{amount}，已用{units}",
    },
    "carried": {
        "en": "{service} ({scope}): {units} of {amount} carried over from earlier months",
        "zh": "{service}（{scope}）：上月结转{amount}，已用{units}",
    },
    "converted": {
        "en": "{service}: {units} for {given} of {source} left over",
        "zh": "{service}：以剩余{source}{given}抵扣{units}",
    },
    "overage": {
        "en": "{service} ({scope}): {units} past the allowance, {blocks} × {price} per {block}",
        "zh": "{service}（{scope}）：超出{units}，{price}/{block}×{blocks}",
    },
    "cap": {"en": "{service} ({scope}): never more than {cap} a month", "zh": "{service}（{scope}）：每月封顶{cap}"},
    "throttled": {
        "en": "{service}: slower from {units} until the month ends, nothing further to pay",
        "zh": "{service}：用至{units}后降速至月底，不再收费",
    },
    "discount_percent": {"en": "{percent} % off the {on}{until}", "zh": "{on}优惠{percent}%{until}"},
    "discount_fen": {"en": "{fen} off the {on}{until}", "zh": "{on}立减{fen}{until}"},
}
WORDS: Mapping[str, tuple[str, str]] = {
    "voice": ("Calls", "语音"),
    "messages": ("Messages", "短信"),
    "data": ("Data", "流量"),
    "national": ("national", "全国"),
    "local": ("local", "本地"),
    "fee": ("monthly fee", "月基本费"),
    "total": ("bill", "账单"),
    "discount": ("discount", "优惠"),
    "correction": ("correction", "更正"),
    "second": ("second", "秒"),
    "minute": ("minute", "分钟"),
    "message": ("message", "条"),
}


def sentence(kind: str, facts: Mapping[str, object], language: str) -> str:
    """The sentence for a line of `kind`; `facts` hold words (texts), and the ready amounts in both languages."""
    shown = {key: _in(value, language) for key, value in facts.items()}
    return SENTENCES[kind]["zh" if language.startswith("zh") else "en"].format(**shown)


def _in(value: object, language: str) -> str:
    if isinstance(value, Amount):
        return value.text(language)
    return word(str(value), language)


def word(key: str, language: str) -> str:
    english, chinese = WORDS.get(key, (key, key))
    return chinese if language.startswith("zh") else english


class Amount:
    """Units of a service, or money where `service` is a currency code; exact, shown in the largest unit that fits."""

    def __init__(self, of: str, value: int | Fraction) -> None:
        self.of, self.value = of, Fraction(value)

    def text(self, language: str) -> str:
        chinese = language.startswith("zh")
        if self.of == "voice":
            return f"{_decimal(self.value / 60)}{'分钟' if chinese else ' min'}"
        if self.of == "messages":
            return f"{_decimal(self.value)}{'条' if chinese else ''}"
        if self.of == "data":
            return self._data()
        return money(self.value, self.of, language)

    def _data(self) -> str:
        for name, size in (("GB", 1024 * 1024), ("MB", 1024)):
            if self.value >= size and self.value % Fraction(size, 100) == 0:
                return f"{_decimal(self.value / size)} {name}"
        return f"{_decimal(self.value)} KB"


def money(fen: int | Fraction, currency: str, language: str) -> str:
    """Fen as yuan, or as the currency's own major unit."""
    whole = Fraction(fen)
    exact = f"{whole.numerator // 100}.{whole.numerator % 100:02}" if whole.denominator == 1 else _decimal(whole / 100)
    unit = "元" if language.startswith("zh") else " yuan"
    return f"{exact}{unit}" if currency == "CNY" else f"{exact} {currency}"


def _decimal(value: Fraction) -> str:
    """As few digits as say it, at most six."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    return f"{float(value):,.6f}".rstrip("0").rstrip(".")
