"""What the pages tell a newcomer is there: links, files, commands with their options, settings, decisions."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "clients").rglob("*.md"),
        *ROOT.glob("deploy/**/*.md"),
    ]
)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A page is often named in running text, without a link.
NAMED_PAGE = re.compile(r"\bdocs/[\w./-]+\.(?:md|yaml)\b")
IN_QUOTES = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|[\s/])manage\.py ([a-z][a-z_]+)((?: [^`\n#|]*)?)")
MAKE = re.compile(r"`make ([a-z-]+)|^\s*make ([a-z-]+)", re.MULTILINE)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def anchors(page: Path) -> set[str]:
    """Of the headings, as the usual viewers of such pages make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    lost = []
    for link in LINK.findall(CODE.sub("", text)):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place) if place else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    lost += [name for name in NAMED_PAGE.findall(text) if not (ROOT / name).exists()]
    assert lost == []


@pytest.mark.parametrize("name", ["docs/map.md", "CONTRIBUTING.md"])
def test_every_file_and_function_that_is_named_is_there(name: str) -> None:
    said = [
        (line, word)
        for line in (ROOT / name).read_text("utf-8").splitlines()
        for word in IN_QUOTES.findall(line)
        if re.fullmatch(r"[a-z_]+(/[\w-]+)*/[\w.-]*(: [\w.]+)?", word)
    ]
    assert len(said) > 10
    assert [word for line, word in said if not there(word, line)] == []


def there(word: str, line: str) -> bool:
    """A folder, a file, or `folder/module.function`; from the top, from the doors, or from the folder of the row."""
    row = re.match(r"\| `([\w./-]+)`", line)
    for room in ("", "callcenter", row[1] if row else ""):
        place = ROOT / room / word.partition(":")[0]
        module, dot, function = place.name.partition(".")
        for file in (place.parent / f"{module}.py", place.parent / module / "__init__.py"):
            if dot and file.exists() and re.search(rf"\b{function.split('.')[0]}\b", file.read_text("utf-8")):
                return True
        if place.exists():
            return True
    return False


@pytest.mark.parametrize("name", ["docs/map.md", "docs/glossary.md", "docs/operations/settings.md", "CONTRIBUTING.md"])
def test_no_word_has_two_rows(name: str) -> None:
    rows = [
        line.split("|")[1].strip() for line in (ROOT / name).read_text("utf-8").splitlines() if line.startswith("|")
    ]
    assert [row for row, times in Counter(rows).items() if times > 1 and row.strip("-")] == []


@cache
def command(name: str) -> BaseCommand:
    app = get_commands()[name]
    return app if isinstance(app, BaseCommand) else load_command_class(app, name)


@pages
def test_every_command_exists_with_its_options(page: Path) -> None:
    wrong = []
    for name, rest in COMMAND.findall(page.read_text("utf-8").replace("\\\n", " ")):
        if name not in get_commands():
            wrong.append(name)
            continue
        options = command(name).create_parser("manage.py", name)._option_string_actions
        wrong += [f"{name} {word}" for word in re.findall(r"(?<![\w-])--[a-z-]+", rest) if word not in options]
    assert wrong == []


@pages
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    asked = {first or second for first, second in MAKE.findall(page.read_text("utf-8"))}
    assert asked - targets == set()


def test_every_setting_is_written_down() -> None:
    read = {
        str(call.args[0].value)
        for call in ast.walk(ast.parse((ROOT / "callcenter" / "settings.py").read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.func.attr != "WrongSetting"
    }
    assert len(read) > 25
    table = (ROOT / "docs" / "operations" / "settings.md").read_text("utf-8")
    assert {name for name in read if f"`{name}`" not in table} == set()


def test_the_list_of_decisions_is_whole() -> None:
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in decisions] == list(range(1, len(decisions) + 1))
    listed = LINK.findall((folder / "README.md").read_text("utf-8"))
    assert listed == decisions
