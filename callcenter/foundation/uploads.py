"""Files that people send, kept until a worker has read them."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from callcenter.foundation.ids import uuid7


def keep(sent: UploadedFile[bytes]) -> Path:
    """Under a name of our own: what the sender calls it decides nothing but how it is read."""
    folder: Path = settings.VAR_DIR / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{uuid7()}{Path(sent.name or '').suffix.lower()[:10]}"
    with kept.open("wb") as out:
        for block in sent.chunks():
            out.write(block)
    return kept
