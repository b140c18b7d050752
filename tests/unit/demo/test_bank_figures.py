"""Hang-ups and repeats on a real bank's log, exactly as printed, by the product's own censored repeats.

January ships; February and August are read from `anonymous-bank/` in DATA_DIR where it is set.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callcenter.demo import bank_log
from callcenter.demo.bank_figures import BankFigures, figures
from ivr.paths.statistics import Share

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "anonymous_bank_january.txt.gz"
# calls, hung up in the menus, median and p99 seconds there, negative; then n and share: 24 h and 7 d, served and hung up;
# shares of 7 d without leaving out the windows that are still open
PRINTED = {
    "january": (
        (31_359, 1_198, 9, 38, 32),
        (11_104, 0.3896), (1_711, 0.6774), (9_606, 0.6110), (1_554, 0.7870), (0.5933, 0.7780),
    ),
    "february": (
        (33_066, 1_941, 9, 60, 23),
        (11_301, 0.3957), (1_805, 0.6665), (8_808, 0.6224), (1_351, 0.7705), (0.6035, 0.7624),
    ),
    "august": (
        (41_768, 3_057, 9, 95, 18),
        (14_527, 0.4483), (3_810, 0.6218), (13_037, 0.6775), (3_653, 0.7602), (0.6532, 0.7517),
    ),
}  # fmt: skip


def counted(month: str) -> BankFigures:
    folder = os.environ.get("DATA_DIR")
    file = Path(folder) / "anonymous-bank" / f"{month}.txt.gz" if folder else SHIPPED
    if month != "january" and not folder:
        pytest.skip("Only January ships: set DATA_DIR to the folder of the data sets for the other months.")
    return figures(bank_log.read(file if file.exists() else SHIPPED))


def said(of: Share) -> tuple[int, float]:
    return of.n, round(of.value or 0, 4)


@pytest.mark.parametrize("month", PRINTED)
def test_the_printed_figures_of_the_month(month: str) -> None:
    plain, served_day, hung_up_day, served_week, hung_up_week, flattering = PRINTED[month]
    found = counted(month)
    assert plain == (
        found.calls, found.hung_up_in_menus, found.menus_median_s, found.menus_p99_s, found.clock_ran_back,
    )  # fmt: skip
    assert [said(one) for one in (found.served_day, found.hung_up_day)] == [served_day, hung_up_day]
    assert [said(one) for one in (found.served_week, found.hung_up_week)] == [served_week, hung_up_week]
    assert (said(found.served_week_uncensored)[1], said(found.hung_up_week_uncensored)[1]) == flattering
