"""Static files by hashed name, ES-module imports included, so that a browser never mixes two releases."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    manifest_strict = False  # before `collectstatic` ran, files are served by their plain names
