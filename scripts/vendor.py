"""Copy the parts named in vendor.toml out of npm's folder; write VENDOR.json: version, licence, sha256 of each file."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tomllib
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "scripts" / "vendor" / "node_modules"
MANIFEST = "VENDOR.json"
SVG = "http://www.w3.org/2000/svg"
# What Tabler writes on each icon's <svg> and a <symbol> must carry itself.
DRAWING = ("viewBox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry of vendor.toml."""

    package: str  # its name at npm
    version: str
    licence: str  # SPDX
    folder: str  # where it goes, named by its version
    files: dict[str, str]  # path in the package → name in the folder
    own_files: dict[str, str] = field(default_factory=dict)  # path in this repository → name in the folder
    without_source_map: list[str] = field(default_factory=list)
    sprite: list[str] = field(default_factory=list)  # icons gathered into sprite.svg


def parts(text: str) -> list[Part]:
    entries: list[dict[str, Any]] = tomllib.loads(text)["part"]
    return [Part(**entry) for entry in entries]


def copy(part: Part) -> dict[str, object]:
    """Fill the part's folder afresh and return its entry for the manifest."""
    package = PACKAGES / part.package
    found = json.loads((package / "package.json").read_text("utf-8"))["version"]
    if found != part.version:
        sys.exit(f"vendor.toml wants {part.package} {part.version}, npm has brought {found}.")
    folder = ROOT / part.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for source, name in part.files.items():
        shutil.copyfile(package / source, folder / name)
    for source, name in part.own_files.items():
        shutil.copyfile(ROOT / source, folder / name)
    for name in part.without_source_map:
        drop_source_map(folder / name)
    if part.sprite:
        (folder / "sprite.svg").write_text(sprite(package / "icons" / "outline", part.sprite), "utf-8")
    return {
        "package": part.package,
        "version": part.version,
        "licence": part.licence,
        "files": {f"{folder.name}/{path.name}": digest(path) for path in sorted(folder.iterdir())},
    }


def drop_source_map(path: Path) -> None:
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"\n?/\*# sourceMappingURL=\S+ \*/\s*$", "\n", text), "utf-8")


def sprite(folder: Path, names: list[str]) -> str:
    """One SVG with a symbol for each icon."""
    ET.register_namespace("", SVG)
    root = ET.Element(f"{{{SVG}}}svg")
    for name in names:
        icon = ET.fromstring((folder / f"{name}.svg").read_text("utf-8"))
        symbol = ET.SubElement(root, f"{{{SVG}}}symbol", {"id": name} | {key: icon.attrib[key] for key in DRAWING})
        # The first path of every Tabler icon is an empty square that only holds the size.
        symbol.extend(shape for shape in icon if shape.get("stroke") != "none")
    ET.indent(root, space="")
    return ET.tostring(root, encoding="unicode") + "\n"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    by_place: dict[Path, list[Part]] = {}
    for part in parts((ROOT / "vendor.toml").read_text("utf-8")):
        by_place.setdefault(ROOT / Path(part.folder).parent, []).append(part)
    for place, found in by_place.items():
        wanted = {Path(part.folder).name for part in found}
        for old in place.glob("*-*"):
            if old.name not in wanted:
                shutil.rmtree(old)
        entries = [copy(part) for part in found]
        (place / MANIFEST).write_text(json.dumps(entries, indent=1) + "\n", "utf-8")
        print(f"{place.relative_to(ROOT)}: {', '.join(sorted(wanted))}")


if __name__ == "__main__":
    main()
