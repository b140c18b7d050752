"""Charts as data: an ECharts option is plain JSON made here, so that it can be read, tested and drawn without a page. Pure.

What JSON cannot hold (functions that write labels) is the same few lines in `charts.js` for every chart: they show
`text` where a node bears one, and `tip` in the tooltip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.paths.counting import END, Place, Way

# Okabe–Ito: the four that reach 3:1 on white, and a grey.
BLUE, VERMILLION, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#767f8c"
_ENDS = {f"{END}agent": PURPLE, f"{END}task": GREEN, f"{END}hangup": VERMILLION}
_KINDS = {"menu": BLUE, "announcement": BLUE, "input": BLUE, "survey": BLUE, "task": GREEN, "transfer": PURPLE}

Namer = Callable[[str], str]  # node → what it is called in the reader's language


def colour(node: str, kind: str) -> str:
    """Menus blue, self-service green, agents purple, hang-ups vermillion, the rest grey."""
    if node.startswith(END):
        return _ENDS.get(node, GREY)
    return _KINDS.get(kind, GREY)


def decal(node: str, kind: str) -> dict[str, Any]:
    """Without colour: agents hatched, hang-ups crossed, self-service dotted, menus plain."""
    shade = {"color": "rgba(255,255,255,0.75)"}
    hatched = shade | {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [2, 4], "rotation": -0.785}
    dotted = shade | {"symbol": "circle", "symbolSize": 0.7, "dashArrayX": [[6, 4], [0, 5, 6, 0]], "dashArrayY": [5, 0]}
    crossed = shade | {"symbol": "rect", "dashArrayX": [[1, 0], [1, 5]], "dashArrayY": [1, 4, 1, 4], "rotation": 0.785}
    by_colour = {PURPLE: hatched, GREEN: dotted, VERMILLION: crossed}
    return {"decal": by_colour.get(colour(node, kind), {"symbol": "none"})}


def sankey(
    places: tuple[Place, ...],
    ways: tuple[Way, ...],
    *,
    name: Namer,
    kind: Namer,
    step: str,
    calls: str,
    description: str,
) -> dict[str, Any]:
    """The unrolled picture of all ways. A node is named `step:node_key`, so that labels may repeat and nothing circles.

    `step` and `calls` are the reader's words, e.g. "Step {0}" and "{0} calls"; `description` is read to those who do
    not see the picture.
    """

    def counted(number: int) -> str:
        return calls.replace("{0}", f"{number:,}")

    def data(place: Place) -> dict[str, Any]:
        return {
            "name": place.id,
            "value": place.calls,
            "depth": place.step - 1,
            "text": name(place.node),
            "tip": f"{step.replace('{0}', str(place.step))} · {name(place.node)}\n{counted(place.calls)}",
            "itemStyle": {"color": colour(place.node, kind(place.node))} | decal(place.node, kind(place.node)),
        }

    def link(way: Way) -> dict[str, Any]:
        return {
            "source": way.source_id,
            "target": way.target_id,
            "value": way.calls,
            "tip": f"{name(way.source)} → {name(way.target)}\n{counted(way.calls)} · {100 * way.share:.1f}%",
        }

    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": description}, "decal": {"show": True}},
        "tooltip": {"renderMode": "richText", "confine": True, "triggerOn": "mousemove"},
        "series": [
            {
                "type": "sankey",
                "left": 8,
                "right": 140,
                "top": 8,
                "bottom": 8,
                "nodeWidth": 12,
                "nodeGap": 13,
                "layoutIterations": 48,
                "draggable": False,
                "emphasis": {"focus": "trajectory"},
                "label": {"fontSize": 12, "lineHeight": 13, "color": "#1f2937", "overflow": "truncate", "width": 118},
                "lineStyle": {"color": "source", "opacity": 0.28, "curveness": 0.5},
                "data": [data(place) for place in places],
                "links": [link(way) for way in ways],
            }
        ],
    }


def bars(*, labels: list[str], values: list[float], tips: list[str], description: str) -> dict[str, Any]:
    """One bar a label; `tips` are shown where the pointer rests."""
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": description}},
        "tooltip": {"renderMode": "richText", "confine": True},
        "grid": {"left": 40, "right": 12, "top": 12, "bottom": 28},
        "xAxis": {"type": "category", "data": labels, "axisLabel": {"color": "#1f2937"}},
        "yAxis": {"type": "value", "minInterval": 1, "axisLabel": {"color": "#1f2937"}},
        "series": [
            {
                "type": "bar",
                "itemStyle": {"color": BLUE},
                "data": [{"value": value, "tip": tip} for value, tip in zip(values, tips, strict=True)],
            }
        ],
    }
