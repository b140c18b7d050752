"""Write the calendars of customers/offers/contact/days anew, from the `holidays` package (development only).

China's next year is known when the State Council has published it, in November. Until then the year after holds what the
law fixes (weekends, statutory holidays); weekdays near a festival stay undecided, for days off are moved there, and
nobody may be contacted on an undecided day.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import holidays

FOLDER = Path(__file__).resolve().parent.parent / "customers" / "offers" / "contact" / "days"
# region, zone, last year, last year whose moved days are published
REGIONS = (
    ("CN", "Asia/Shanghai", 2027, 2026),
    ("HK", "Asia/Hong_Kong", 2027, 2027),
    ("GB", "Europe/London", 2028, 2028),
)
FIRST = 2025  # stays: approved notices name days from then on
SATURDAY = 5
NEAR = 8  # days before and after a festival into which days off are moved


def main() -> None:
    for region, zone, last, decreed in REGIONS:
        years = range(FIRST, last + 1)
        known = holidays.country_holidays(region, years=years)
        start, end = date(FIRST, 1, 1), date(last, 12, 31)
        span = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        near = {day + timedelta(days=n) for day in known for n in range(-NEAR, NEAR + 1)}
        worked = set(getattr(known, "weekend_workdays", ()))
        calendar = {
            "region": region,
            "zone": zone,
            "first": start.isoformat(),
            "last": end.isoformat(),
            "decreed_to": date(decreed, 12, 31).isoformat(),
            "source": f"holidays {version('holidays')}",
            "holiday": [day.isoformat() for day in span if day in known],
            "workday": [day.isoformat() for day in span if day in worked and day not in known],
            "undecided": [
                day.isoformat()
                for day in span
                if day.year > decreed and day in near and day not in known and day.weekday() < SATURDAY
            ],
        }
        (FOLDER / f"{region}.json").write_text(json.dumps(calendar, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
