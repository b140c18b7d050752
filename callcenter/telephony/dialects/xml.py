"""Writing XML: elements with attributes and text, everything escaped. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


@dataclass(frozen=True)
class Element:
    """One element; `attributes` with an empty value are left out."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: tuple[Element | str, ...] = ()

    def __str__(self) -> str:
        written = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items() if value != "")
        if not self.inside:
            return f"<{self.name}{written}/>"
        return f"<{self.name}{written}>{''.join(map(_inner, self.inside))}</{self.name}>"


def escape(text: str) -> str:
    """Text as XML 1.0 allows it: marks escaped, characters that XML cannot hold left out."""
    return "".join(letter for letter in text if _may_stand(letter)).translate(_ESCAPES)


def document(root: Element) -> str:
    return f"{DECLARATION}{root}"


def _inner(part: Element | str) -> str:
    return str(part) if isinstance(part, Element) else escape(part)


def _may_stand(letter: str) -> bool:
    code = ord(letter)
    return code in {0x9, 0xA} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
