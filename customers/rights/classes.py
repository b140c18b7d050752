"""What is kept how long: a line a class, each with the rows that have had their time. Pure.

Periods: design page of customers §4.9. A table without a line is kept as long as its customer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class KeepClass:
    """Rows of `table` for which `over` holds are older than `days`; `over` is SQL of ours, `%(before)s` the instant."""

    key: str
    days: int
    table: str
    over: str


@dataclass(frozen=True, kw_only=True)
class KeptFiles:
    """Files in a folder under VAR_DIR go `days` after they were last written."""

    key: str
    days: int
    folder: str


TWO_YEARS = 730
HANDOUT_DAYS = 3
KEPT: tuple[KeepClass, ...] = (
    # what waits for an answer stays until it has one
    KeepClass(key="interactions", days=TWO_YEARS, table="customers_interaction", over="at < %(before)s AND outcome <> 'open'"),
    KeepClass(key="usage", days=TWO_YEARS, table="customers_usagemonth", over="month < %(before)s::date"),
    KeepClass(key="tag_log", days=TWO_YEARS, table="customers_taglog", over="at < %(before)s"),
    KeepClass(key="record_versions", days=TWO_YEARS, table="customers_recordversion", over="replaced_at < %(before)s"),
    KeepClass(key="activity", days=90, table="customers_activity", over="day < %(before)s::date"),
    KeepClass(key="circles", days=90, table="customers_circlemember", over="at < %(before)s"),
    KeepClass(key="handouts", days=HANDOUT_DAYS, table="customers_handout", over="at < %(before)s"),
    # an import can be taken back for a week (`imports.control.UNDO_DAYS`)
    KeepClass(key="import_notes", days=14, table="customers_factnote", over="job IN"
              " (SELECT id FROM customers_importjob WHERE coalesce(finished_at, at) < %(before)s)"),
    KeepClass(key="refused_rows", days=90, table="customers_rowerror", over="job_id IN"
              " (SELECT id FROM customers_importjob WHERE coalesce(finished_at, at) < %(before)s)"),
)  # fmt: skip
# A caller whom nobody could name: everything about them goes, and an empty shell keeps the calls valid.
PROVISIONAL_DAYS = 30
FILES: tuple[KeptFiles, ...] = (
    KeptFiles(key="files", days=7, folder="imports"),
    KeptFiles(key="files", days=7, folder="calls"),
    KeptFiles(key="files", days=7, folder="activity"),
)
PERIODS: dict[str, int] = (
    {one.key: one.days for one in KEPT} | {"provisional": PROVISIONAL_DAYS} | {one.key: one.days for one in FILES}
)
