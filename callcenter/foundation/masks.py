"""What may be seen of a personal value before it is revealed: enough to recognise, never enough to use. Pure.

Every mask hides its share however short or odd the value is: what does not look like its kind is hidden whole. The
number of stars says nothing about the length of what they hide, but in Chinese names, where it is part of the usage.
"""

from __future__ import annotations

import re
import unicodedata

HIDDEN = "***"
_STARS = "****"
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff·•・]+")
_PAIRS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文"
    "司徒鲜于司空闾丘令狐百里呼延东郭南门西门轩辕歐陽司馬東方諸葛長孫"
)
_COMPOUND_SURNAMES = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))
_SHOWN_WORDS = 4


def phone(value: str) -> str:
    """`138****5678`; a number from abroad keeps its first and last digits: `+44****0958`."""
    national = "".join(c for c in value if c in "0123456789")
    abroad = ""
    if value.startswith("+86"):
        national = national[2:]
        if len(national) == 10 or not national.startswith("1"):
            national = f"0{national}"  # a landline, as it is dialled
    elif value.startswith("+"):
        abroad, national = f"+{national[:2]}", national[2:]
    if len(national) >= 11:
        return f"{abroad}{national[:3]}{_STARS}{national[-4:]}" if not abroad else f"{abroad}{_STARS}{national[-4:]}"
    if len(national) >= 9:
        return f"{abroad}{_STARS}{national[-4:]}"
    return _STARS


def id_document(value: str) -> str:
    """First four, last four: `5001****123X`. Shorter papers show their last two, the shortest nothing."""
    text = "".join(value.split())
    if len(text) >= 15:
        return f"{text[:4]}{_STARS}{text[-4:]}"
    if len(text) >= 7:
        return f"{_STARS}{text[-2:]}"
    return _STARS


def surname_zh(name: str) -> str:
    """The family name of a name written in Han characters: 欧阳 of 欧阳娜, 张 of 张三; "" for anything else."""
    text = "".join(name.split())
    if len(text) < 2 or not _HAN.fullmatch(text):
        return ""
    return text[:2] if len(text) > 2 and text[:2] in _COMPOUND_SURNAMES else text[:1]


def person(value: str) -> str:
    """`张*`, `欧阳**`, `J*** S***`: the family name in Chinese, initials elsewhere."""
    text = unicodedata.normalize("NFKC", value).strip()
    surname = surname_zh(text)
    if surname:
        given = len("".join(text.split())) - len(surname)
        return surname + "*" * min(given, 2)
    return " ".join(_initial(word) for word in text.split()[:_SHOWN_WORDS])


def email(value: str) -> str:
    """`a***@example.com`. A domain that names the person too is hidden but for its first letter."""
    local, at, domain = value.strip().rpartition("@")
    if not at or not local or not domain:
        return HIDDEN
    shown = local[0] if len(local) > 1 and local[0].isalnum() else ""
    names_the_person = any(part in domain.casefold() for part in _parts(local)) or "@" in local
    return f"{shown}{HIDDEN}@{domain[0] + HIDDEN if names_the_person else domain}"


def other(value: str) -> str:
    """Account names and member numbers: the last two of a long one, nothing of a short one."""
    text = value.strip()
    return f"{HIDDEN}{text[-2:]}" if len(text) >= 8 else HIDDEN


def identifier(*, kind: str, value: str) -> str:
    """The mask of an identifier of this kind (`customers.Identifier.Kind`); a kind not known here is hidden most."""
    mask = {"phone": phone, "landline": phone, "email": email, "id_document": id_document}.get(kind, other)
    return mask(value)


def _initial(word: str) -> str:
    """The first letter of a word; nothing of a single letter or of what is no word (a number in a name field)."""
    return f"{word[0]}{HIDDEN}" if len(word) > 1 and word[0].isalpha() and not _HAN.search(word) else HIDDEN


def _parts(local: str) -> list[str]:
    """The words of a mail's local part that could name somebody: `mei` and `chen` of `mei.chen`."""
    folded = local.casefold()
    return [part for part in {folded, *re.split(r"[\W\d_]+", folded)} if len(part) >= 2]
