"""Plots of a simulation as one HTML file that needs nothing else: inline SVG, no script. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, EDGE = 640, 320, 56
INK, SOFT, LINE = "#1d3b53", "#8aa4b8", "#d5dee6"

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One line of a comparison."""

    name: str
    mean: float
    low: float
    high: float


def page(title: str, *, tables: str, plots: Sequence[str]) -> str:
    """A whole document; `tables` and `plots` are made by this module."""
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;color:#1d2a35}"
        "table{border-collapse:collapse;margin:1rem 0}"
        "td,th{padding:.25rem .7rem;border-bottom:1px solid #d5dee6;text-align:right}"
        "td:first-child,th:first-child{text-align:left}figure{margin:1.5rem 0}figcaption{color:#5b6f7f}"
    )
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style>'
    body = f"<h1>{escape(title)}</h1>{tables}{''.join(plots)}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def scatter(points: Sequence[Point], *, caption: str, across: str, up: str) -> str:
    """Points beside the diagonal on which they would all lie if both agreed."""
    most = max((value for point in points for value in point), default=1.0) or 1.0
    dots = "".join(f'<circle cx="{_x(a / most):.1f}" cy="{_y(b / most):.1f}" r="4" fill="{INK}"/>' for a, b in points)
    diagonal = f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="{SOFT}" stroke-dasharray="4 4"/>'
    return _figure(diagonal + dots, caption=caption, across=f"{across}, 0 – {most:.0f}", up=f"{up}, 0 – {most:.0f}")


def curves(lines: Mapping[str, Sequence[Point]], *, caption: str, across: str, up: str) -> str:
    """Lines over a common scale; `up` runs from 0 to 1."""
    most = max((x for points in lines.values() for x, _ in points), default=1.0) or 1.0
    drawn = []
    for number, (name, points) in enumerate(lines.items()):
        shade = f"hsl({number * 360 // max(1, len(lines))} 55% 38%)"
        path = " ".join(f"{_x(x / most):.1f},{_y(y):.1f}" for x, y in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{shade}" stroke-width="2"/>')
        drawn.append(_text(WIDTH - EDGE - 120, EDGE + 16 * number, name, fill=shade))
    return _figure("".join(drawn), caption=caption, across=f"{across}, 0 – {most:.0f}", up=up)


def forest(rows: Sequence[Interval], *, caption: str, unit: str) -> str:
    """Differences with their intervals, beside the line of no difference."""
    most = max((abs(bound) for row in rows for bound in (row.low, row.high)), default=1.0) or 1.0
    middle, step = 0.6, 1 / (len(rows) + 1)
    drawn = [f'<line x1="{_x(middle)}" y1="{_y(0)}" x2="{_x(middle)}" y2="{_y(1)}" stroke="{SOFT}"/>']
    for number, row in enumerate(rows, start=1):
        y = _y(1 - number * step)
        low, mean, high = (_x(middle + 0.38 * value / most) for value in (row.low, row.mean, row.high))
        drawn.append(
            f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{INK}" stroke-width="2"/>'
        )
        drawn.append(f'<circle cx="{mean:.1f}" cy="{y:.1f}" r="4" fill="{INK}"/>')
        drawn.append(_text(_x(0) + 4, y + 4, row.name))
    return _figure("".join(drawn), caption=caption, across=f"{unit}, −{most:.3g} … {most:.3g}", up="")


def _figure(inside: str, *, caption: str, across: str, up: str) -> str:
    frame = (
        f'<rect x="{EDGE}" y="{EDGE // 2}" width="{WIDTH - 2 * EDGE}" height="{HEIGHT - EDGE - EDGE // 2}"'
        f' fill="none" stroke="{LINE}"/>'
    )
    words = _text(WIDTH / 2 - 60, HEIGHT - 20, across) + (_text(4, EDGE // 2 - 8, up) if up else "")
    drawing = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(caption)}">{frame}{inside}{words}</svg>'
    )
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def _text(x: float, y: float, words: str, *, fill: str = "#3d5161") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" fill="{fill}">{escape(words)}</text>'


def _x(share: float) -> float:
    return EDGE + share * (WIDTH - 2 * EDGE)


def _y(share: float) -> float:
    return HEIGHT - EDGE - share * (HEIGHT - EDGE - EDGE // 2)
