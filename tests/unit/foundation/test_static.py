"""Static files as a first start gathers them: what pages ask for, pressed once, and nothing else."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.contrib.staticfiles.finders import get_finders

from callcenter.foundation.storage import HashedStatic


def test_the_hashed_copy_alone_is_pressed_and_no_map(tmp_path: Path) -> None:
    (tmp_path / "desk.css").write_text("p { margin: 0 }\n" * 200, "utf-8")
    (tmp_path / "desk.css.map").write_text("mappings" * 200, "utf-8")
    storage = HashedStatic(location=tmp_path)
    list(storage.post_process({name: (storage, name) for name in ("desk.css", "desk.css.map")}))
    pressed = [path.name for path in tmp_path.glob("*.gz")]
    assert pressed == [storage.hashed_files["desk.css"] + ".gz"]


def test_what_no_page_asks_for_is_left_out() -> None:
    left_out = apps.get_app_config("staticfiles").ignore_patterns  # type: ignore[attr-defined]
    found = {path for finder in get_finders() for path, _ in finder.list(left_out)}
    assert {path.split("/")[0] for path in found}.isdisjoint({"rest_framework", "django_htmx"})
    assert not any("/redoc/" in path for path in found)
    assert {
        "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js",
        "admin/css/base.css",
        "css/desk.css",
    } <= found
