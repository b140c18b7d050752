"""What we ship for production names processes that exist, keeps secrets out, and is well-formed by its own tools."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROCESSES = {"web", "live", "dispatcher", "relay", "push", "worker", "beat"}
ONE_A_SWITCH = {"ari"}  # started by hand, for each Asterisk


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    return loaded


def test_compose_runs_every_process_once_and_its_ground(services: dict[str, Any]) -> None:
    assert set(services) == PROCESSES | ONE_A_SWITCH | {"database", "broker", "migrate"}
    assert {name for name, service in services.items() if service.get("profiles")} == ONE_A_SWITCH
    for name in PROCESSES | ONE_A_SWITCH:
        assert services[name]["environment"]["ZHIYIN_PROCESS"] in {"web", "route", "relay", "work"}, name
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)


# What the Compose Specification calls a service's properties, as far as ours need them; a slip of the pen is none of them.
SERVICE = {
    "image", "build", "restart", "logging", "volumes", "env_file", "depends_on", "environment", "ports", "healthcheck",
    "command", "deploy", "profiles", "shm_size",
}  # fmt: skip


def test_compose_names_nothing_that_is_not_there(services: dict[str, Any]) -> None:
    whole = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert {key for key in whole if not key.startswith("x-")} == {"name", "services", "volumes"}
    for name, service in services.items():
        assert service.keys() <= SERVICE, name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in whole["volumes"], name
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in services[other], (name, other)
            assert how["condition"] != "service_completed_successfully" or services[other]["restart"] == "no"
        if "build" in service:
            context = DEPLOY / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).is_file()
            assert service["env_file"] == [".env"], "else a setting that compose.yaml does not name never arrives"
    copied = re.findall(r"^COPY (?!--from)(\S+) ", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert copied and all((ROOT / path).exists() for path in copied)


def test_what_compose_asks_for_stands_in_the_example_and_is_a_setting(services: dict[str, Any]) -> None:
    example = (DEPLOY / "env.example").read_text("utf-8")
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert asked == set(re.findall(r"^#?(\w+)=", example.split("# Whatever else")[0], re.MULTILINE))
    known = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs/operations/settings.md").read_text("utf-8")))
    named = set(re.findall(r"^#?(\w+)=", example, re.MULTILINE)) - {
        "DATABASE_PASSWORD",
        "DATABASE_BUFFERS",
        "DATABASE_WAL",
    }
    ours = {key for name in PROCESSES | ONE_A_SWITCH for key in services[name]["environment"]} | named
    assert ours - known <= {"FORWARDED_ALLOW_IPS", "ARI_TRUNK"}, "uvicorn's own, and the command's argument"


def test_every_program_of_a_container_is_in_its_image(services: dict[str, Any]) -> None:
    packages = {
        re.match(r"[\w.-]+", line)[0].lower()  # type: ignore[index]
        for line in (ROOT / "requirements/base.txt").read_text("utf-8").splitlines()
        if re.match(r"\w", line)
    }
    for name in PROCESSES | ONE_A_SWITCH:
        program = services[name].get("command", ["uvicorn"])[0]  # of the image itself
        assert program == "python" or program in packages, name


def test_no_log_grows_for_ever(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if "max-size" not in service["logging"]["options"]} == set()


def test_units_are_the_same_processes() -> None:
    names = {re.sub(r"zhiyin-|@?\.service", "", unit.name) for unit in UNITS}
    assert names == PROCESSES | ONE_A_SWITCH
    target = (DEPLOY / "systemd" / "zhiyin.target").read_text("utf-8")
    for unit in UNITS:
        is_wanted = unit.name.removesuffix(".service") in target
        assert is_wanted == (unit.name != "zhiyin-ari@.service"), unit.name


def test_every_command_of_ours_exists(services: dict[str, Any]) -> None:
    shipped = (DEPLOY / "compose.yaml").read_text("utf-8") + "".join(unit.read_text("utf-8") for unit in UNITS)
    called = set(re.findall(r"manage\.py,? (\w+)", shipped))
    assert called == {"migrate", "collectstatic", "route", "relay", "push", "ari"}
    assert called <= set(get_commands())


def test_no_secret_has_a_value_of_its_own() -> None:
    example = (DEPLOY / "env.example").read_text("utf-8")
    for name in ("SECRET_KEY", "METRICS_TOKEN", "DATABASE_PASSWORD"):
        assert f"\n{name}=\n" in example
    assert "zk_change_me" in (DEPLOY / "kamailio" / "zhiyin-local.cfg").read_text("utf-8")


def _compose() -> list[str]:
    """Compose itself where it is installed, as a plugin or by itself; [] where it is not."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0
        ):
            return words
    return []


def test_compose_itself_understands_the_file(tmp_path: Path) -> None:
    """By its own schema, with the example's settings filled in."""
    if not (compose := _compose()):
        pytest.skip("Compose is missing")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    filled = re.sub(r"^([A-Z_]+)=$", r"\1=x", (DEPLOY / "env.example").read_text("utf-8"), flags=re.MULTILINE)
    (tmp_path / "deploy" / ".env").write_text(filled, "utf-8")
    file = str(tmp_path / "deploy" / "compose.yaml")
    words = [
        *compose,
        "-f",
        file,
        "--env-file",
        str(tmp_path / "deploy" / ".env"),
        "--profile",
        "*",
        "config",
        "--quiet",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/zhiyin/.venv/bin/", "/bin/").replace("/bin/uvicorn", "/bin/true")
        text = text.replace("/bin/celery", "/bin/true").replace("/bin/python", "/bin/true")
        (tmp_path / unit.name.replace("@", "@1")).write_text(text, "utf-8")
    files = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    faults = [line for line in done.stderr.splitlines() if "zhiyin" in line and "No such file" not in line]
    assert not faults


@pytest.mark.skipif(shutil.which("kamailio") is None, reason="Kamailio is missing")
def test_kamailio_understands_its_configuration() -> None:
    file = DEPLOY / "kamailio" / "kamailio.cfg"
    done = subprocess.run(["kamailio", "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
