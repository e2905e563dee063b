"""What stands in deploy/: units and image against the product's own commands, and the promises of their comments.

None of it is run here: there is neither systemd nor a container engine where tests run.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

import ui.cli
from rag.settings import PREFIX, ROOT, Settings

DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")


def read_unit(path: Path) -> list[tuple[str, str]]:
    """The settings of a unit, in order; a key may come several times."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith(("#", "["))]
    return [(key, value) for key, _, value in (line.partition("=") for line in lines)]


def find_command(words: list[str]) -> bool:
    """Whether `ictnavi` is followed by a command that exists."""
    found = typer.main.get_command(ui.cli.app)
    while words and hasattr(found, "commands"):
        if words[0] not in found.commands:
            return False
        found = found.commands[words.pop(0)]
    return not hasattr(found, "commands")


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_exists_as_nobody_special_and_may_write_its_state_alone(path: Path) -> None:
    unit = read_unit(path)
    (start,) = [value for key, value in unit if key == "ExecStart"]
    calls = re.findall(r"/\.venv/bin/ictnavi ([^\"']*)", start)
    assert [find_command(shlex.split(call)) for call in calls] == [True] * len(calls)
    assert calls or "app.py" in start
    held = dict(unit)
    assert (held["User"], held["NoNewPrivileges"], held["ProtectSystem"]) == ("ictnavi", "yes", "strict")
    assert "ReadWritePaths" not in held
    assert all(each.startswith("ictnavi") for each in held["StateDirectory"].split())


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_sets_only_settings_that_exist(path: Path) -> None:
    names = {value.partition("=")[0] for key, value in read_unit(path) if key == "Environment"}
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert {name for name in names if name.startswith(PREFIX)} <= known


def test_every_timer_has_its_service() -> None:
    timers = sorted(DEPLOY.glob("*.timer"))
    assert [path.stem for path in timers] == ["ictnavi-backup", "ictnavi-refresh"]
    assert all(path.with_suffix(".service") in SERVICES for path in timers)
    assert all({"OnCalendar", "Persistent", "WantedBy"} <= dict(read_unit(path)).keys() for path in timers)


def test_the_image_installs_by_hash_and_runs_as_a_user_with_one_volume() -> None:
    assert re.search(r"pip install .*--require-hashes", DOCKERFILE)
    assert re.search(r"uv pip sync .*--require-hashes requirements\.lock", DOCKERFILE)
    assert "make " not in DOCKERFILE
    assert re.search(r"^USER (?!root)", DOCKERFILE, re.M)
    assert re.findall(r"^VOLUME (.*)$", DOCKERFILE, re.M) == ["/data"]
    assert "--read-only" in DOCKERFILE


def test_the_image_holds_every_room_of_the_product() -> None:
    copied = {source for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M) for source in line.split()}
    assert {"rag", "evals", "ui", "corpus", "app.py", "requirements.lock"} <= copied
    assert all((ROOT / source).exists() for source in copied)
