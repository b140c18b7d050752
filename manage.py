#!/usr/bin/env python
"""Run the product's commands: `manage.py help` lists them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    # The two loops of the product have short limits at the database; every other command may take its time.
    if sys.argv[1:2] in (["relay"], ["route"]):
        os.environ.setdefault("ZHIYIN_PROCESS", sys.argv[1])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
