"""Reports on paper and on the screen: a room hands over blocks, this draws them; the PDF is the printed page.

WeasyPrint stands on Pango, a library of the system, and Chinese needs a font: `missing` says what is not there.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from callcenter.floor.templatetags.floor import DASH, is_chinese, number, share
from callcenter.foundation.errors import Unavailable

BAR_WIDTH = 320.0  # of the drawing, in its own units

Say = Callable[[str, str], str]  # kind of word, code → what it is called in the reader's language


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One figure as it is written."""

    text: str
    is_number: bool


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of a chart; places in units of the drawing."""

    label: str
    text: str
    y: int
    length: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One block as it is drawn."""

    kind: str  # sentence | table | bars
    title: str = ""
    text: str = ""
    heads: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    bars: tuple[Bar, ...] = ()
    height: int = 0


def shown(blocks: Sequence[Mapping[str, Any]], *, say: Say) -> list[Shown]:
    """Stored blocks in the reader's language; a table without rows is left out."""
    drawn = (_DRAW[block["kind"]](block, say) for block in blocks)
    return [one for one in drawn if one.kind == "sentence" or one.rows or one.bars]


def _sentence(block: Mapping[str, Any], say: Say) -> Shown:
    facts = {name: _cell(value, block["units"].get(name, ""), say).text for name, value in block["facts"].items()}
    return Shown(kind="sentence", text=say("sentence", block["code"]).format(**facts))


def _table(block: Mapping[str, Any], say: Say) -> Shown:
    columns = block["columns"]
    numeric = {"share", "points", "seconds", "hours", "number", "own"}
    return Shown(
        kind="table",
        title=say("title", block["code"]),
        heads=tuple(Cell(text=say("column", code), is_number=unit in numeric) for code, unit in columns),
        rows=tuple(
            tuple(_cell(value, unit, say) for value, (_code, unit) in zip(row, columns, strict=True))
            for row in block["rows"]
        ),
    )


def _bars(block: Mapping[str, Any], say: Say) -> Shown:
    most = max((high for *_rest, high in block["rows"]), default=0.0) or 1.0
    bars = tuple(
        Bar(
            label=_cell(label, "", say).text, text=_cell(value, block["unit"], say).text, y=6 + 26 * place,
            length=round(BAR_WIDTH * value / most, 1), low=round(BAR_WIDTH * low / most, 1),
            high=round(BAR_WIDTH * high / most, 1),
        )
        for place, (label, value, low, high) in enumerate(block["rows"])
    )  # fmt: skip
    return Shown(kind="bars", title=say("title", block["code"]), bars=bars, height=12 + 26 * len(bars))


_DRAW: dict[str, Callable[[Mapping[str, Any], Say], Shown]] = {"sentence": _sentence, "table": _table, "bars": _bars}


def _cell(value: Any, unit: str, say: Say) -> Cell:
    if isinstance(value, Mapping):
        if unit == "own":
            return _cell(float(value["value"]), value["unit"], say)
        return Cell(text=str(value.get("zh" if is_chinese() else "en", "")), is_number=False)
    if value is None:
        return Cell(text=DASH, is_number=True)
    if isinstance(value, str):
        return Cell(text=say(unit, value) if unit and unit != "day" else value, is_number=False)
    return Cell(text=_UNITS.get(unit, number)(value), is_number=True)


_UNITS: dict[str, Callable[[float], str]] = {
    "share": share,
    "points": lambda value: f"{100 * value:+.1f}",
    "seconds": lambda value: f"{value:.1f}",
    "hours": lambda value: f"{value:,.1f}",
    "number": number,
}


@lru_cache(maxsize=1)
def missing() -> tuple[str, ...]:
    """What a PDF needs and this machine has not: python | pango | font."""
    try:
        import weasyprint  # noqa: F401  large, and loads Pango at once
    except ImportError:
        return ("python",)
    except OSError:
        return ("pango",)
    lister = shutil.which("fc-list")
    fonts = (
        subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, check=False).stdout if lister else b""
    )
    return () if fonts.strip() else ("font",)


def missing_words() -> str:
    """The same as a sentence; "" if a PDF can be made."""
    words = {
        "python": _("PDF needs WeasyPrint (pip install weasyprint)."),
        "pango": _("PDF needs Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)."),
        "font": _("PDF needs a Chinese font (Debian: fonts-noto-cjk)."),
    }
    return " ".join(words[one] for one in missing())


def pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """The printed page. Raises Unavailable with what is missing on this machine."""
    if missing():
        raise Unavailable(missing_words() + " " + _("Until then print the page from the browser."), code="no_pdf")
    import weasyprint

    html = render_to_string(template, {**context, "language": get_language()})
    style = finders.find("floor/print.css")
    document = weasyprint.HTML(string=html, url_fetcher=_nothing_from_outside)
    content: bytes = document.write_pdf(stylesheets=[weasyprint.CSS(filename=style)])
    return content


def _nothing_from_outside(url: str, **asked: object) -> dict[str, Any]:
    raise ValueError(f"A report fetches nothing: {url[:80]}")
