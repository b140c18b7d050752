"""How to address a person without telling more than the mask does. Pure."""

from __future__ import annotations

from callcenter.foundation.masks import surname_zh

_ZH = {"mr": "先生", "ms": "女士"}
_EN = {"mr": "sir", "ms": "madam"}


def address(*, name: str, title: str, language: str) -> str:
    """`陈女士` where the mask shows the family name too, else `sir` or `madam`; "" where nobody said how to address them."""
    if language.lower().startswith("zh"):
        surname, suffix = surname_zh(name), _ZH.get(title, "")
        return f"{surname}{suffix}" if surname and suffix else suffix
    return _EN.get(title, "")
