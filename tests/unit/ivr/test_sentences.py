"""Whatever the ivr room says to a person is said in Chinese, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

import ivr
from callcenter.ivr_pages.sentences import said

ROOM = Path(ivr.__file__).parent
# Said by code (words.FAULTS), to developers, to the terminal, or by tasks to the log.
ELSEWHERE = {
    "flows/definition.py", "flows/advice.py", "flows/editing.py", "surveys/forms.py", "surveys/operations.py",
    "optimiser/trees.py", "optimiser/bound.py", "intent/logistic.py", "paths/fold.py",
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sentences() -> Iterator[tuple[str, str]]:
    """Where it stands, and a sentence of the room with something in its gaps."""
    for path in sorted(ROOM.rglob("*.py")):
        name = path.relative_to(ROOM).as_posix()
        if name in ELSEWHERE or name.startswith(("migrations/", "generator/", "management/")):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        asides = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if id(node) in parts | asides:
                continue
            text = _text(node)
            if re.fullmatch(r"(?:[A-Z'0-9].* .*)[.]", text, re.DOTALL):
                yield f"{name}:{getattr(node, 'lineno', 0)}", text


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values)
    return ""


def test_every_sentence_of_the_room_is_known_to_the_pages_in_chinese() -> None:
    found = list(sentences())
    assert len(found) > 60
    with override("zh-hans"):
        missing = [(where, text) for where, text in found if not CHINESE.search(said(text))]
    assert not missing


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("There is no node 'mian'. Did you mean 'main'?", "没有节点 'mian'。您是想写 'main' 吗？"),
        ("The bracket { is never closed.", "花括号 { 没有闭合。"),
        ("The row has 3 values, the header names 5 columns.", "该行有 3 个值，表头有 5 列。"),
        ("A vendor's own words.", "A vendor's own words."),
    ],
)
def test_what_stands_in_a_sentence_stands_in_its_translation(english: str, chinese: str) -> None:
    with override("zh-hans"):
        assert said(english) == chinese
    with override("en"):
        assert said(english) == english
