"""Static files by hashed name, ES-module imports included, so that a browser never mixes two releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    manifest_strict = False  # before `collectstatic` ran, files are served by their plain names

    def stored_name(self, name: str) -> Any:
        # Without a manifest Django looks for the file under STATIC_ROOT, where nothing is collected yet.
        return super().stored_name(name) if self.hashed_files else name

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Of each file the hashed copy alone: pages name no other. Maps are for a developer's tools."""
        hashed = set(self.hashed_files.values())
        yield from super().compress_files([path for path in paths if path in hashed and not path.endswith(".map")])
