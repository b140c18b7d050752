"""A host that says it is secure must be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LONG = "Zz9!kQ7pXw" * 6


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "callcenter.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_key_does_not_start_a_secure_host() -> None:
    run = manage(
        "check", SECURE="1", SECRET_KEY="insecure-demo-key-set-SECRET_KEY-in-production-0000000000000000000000"
    )
    assert run.returncode != 0
    assert "SECURE=1 needs a SECRET_KEY of its own" in run.stderr


def test_check_deploy_is_clean_with_production_settings() -> None:
    run = manage("check", "--deploy", "--fail-level", "WARNING", SECURE="1", SECRET_KEY=LONG, ALLOWED_HOSTS="a.example")
    assert run.returncode == 0, run.stderr


def test_a_secure_host_binds_its_cookies_to_itself() -> None:
    code = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_NAME, s.SECURE_HSTS_SECONDS)"
    )
    run = manage("shell", "--no-imports", "-c", code, SECURE="1", SECRET_KEY=LONG)
    assert run.stdout.split() == ["__Host-session", "True", "__Host-csrf", "31536000"]
