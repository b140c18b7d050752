"""Files that people send, kept until a worker has read them."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import uuid7

MOST_BYTES = 100_000_000  # of one file; what is larger comes by the watched folder or a pull


class FileTooLarge(Refused):
    status = 413
    code = "too_large"


def check_size(size: int) -> None:
    """Raises FileTooLarge."""
    if size > MOST_BYTES:
        told = {"size": f"{size / 1e6:.0f}", "most": MOST_BYTES // 1_000_000}
        raise FileTooLarge(
            _(
                "The file has %(size)s MB; at most %(most)s are taken here. Put it into the watched folder, or divide it."
            )
            % told
        )


def keep(sent: UploadedFile[bytes]) -> Path:
    """Under a name of our own: what the sender calls it decides nothing but how it is read. Raises FileTooLarge."""
    check_size(sent.size or 0)
    folder: Path = settings.VAR_DIR / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{uuid7()}{Path(sent.name or '').suffix.lower()[:10]}"
    with kept.open("wb") as out:
        for block in sent.chunks():
            out.write(block)
    return kept
