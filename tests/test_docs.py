"""README and docs/ against the product: the settings table, the commands, the make targets, the links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import evals.cli
import ui.cli
from rag.settings import PREFIX, ROOT, Settings

README = ROOT / "README.md"
OPERATIONS = ROOT / "docs" / "operations.md"
DOCS = [README, *sorted((ROOT / "docs").glob("*.md"))]
MOST_FIELDS = 25


def read_table(path: Path, first_header: str) -> list[list[str]]:
    """The rows of the table whose first column is so headed; cells without code marks."""
    lines = path.read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_header} |"))
    rows = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def show_default(value: object) -> str:
    if isinstance(value, Path):
        return value.relative_to(ROOT).as_posix()
    return "なし" if value in (None, "", ()) else str(value)


def test_the_settings_table_is_the_settings() -> None:
    fields = [
        [PREFIX + name.upper(), field.description, show_default(field.default)]
        for name, field in Settings.model_fields.items()
    ]
    assert read_table(README, "変数") == fields
    assert len(fields) <= MOST_FIELDS


Command = Any  # typer carries a click of its own, whose classes are private


def list_commands(group: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command that does something, by its words."""
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from list_commands(command, (*path, name))
        else:
            yield (*path, name), command


def list_programs() -> dict[str, dict[tuple[str, ...], Command]]:
    """The commands of each script of pyproject.toml."""
    apps = {"ictnavi": ui.cli.app, "ictnavi-eval": evals.cli.app}
    return {name: dict(list_commands(typer.main.get_command(app))) for name, app in apps.items()}


PROGRAMS = list_programs()
COMMANDS = PROGRAMS["ictnavi"]


def list_options(command: Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def read_code(path: Path) -> Iterator[str]:
    """The lines of code blocks and the code spans of a page."""
    text = path.read_text("utf-8")
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def read_calls(path: Path, program: str) -> list[tuple[tuple[str, ...], set[str]]]:
    """What a page calls a program with: the command's words, and the options."""
    calls = []
    for line in read_code(path):
        if not re.match(rf"(?:\.venv/bin/)?{program} \S", line):
            continue
        words = shlex.split(line.replace("[", " ").replace("]", " "), comments=True)
        known = (tuple(words[1:end]) for end in (3, 2) if tuple(words[1:end]) in PROGRAMS[program])
        calls.append((next(known, tuple(words[1:3])), {word for word in words if word.startswith("--")}))
    return calls


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_shown_exists_with_its_options(path: Path, program: str) -> None:
    commands = PROGRAMS[program]
    wrong = [
        (command, sorted(options))
        for command, options in read_calls(path, program)
        if command not in commands or options - list_options(commands[command]) - {"--help"}
    ]
    assert wrong == []


def test_the_readme_lists_every_command() -> None:
    assert {row[0].removeprefix("ictnavi ") for row in read_table(README, "コマンド")} == set(map(" ".join, COMMANDS))


def test_operations_shows_every_command_with_every_option() -> None:
    shown: dict[tuple[str, ...], set[str]] = {}
    for command, options in read_calls(OPERATIONS, "ictnavi"):
        shown.setdefault(command, set()).update(options)
    assert shown == {command: list_options(parsed) for command, parsed in COMMANDS.items()}


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_explains_itself_and_its_options(program: str) -> None:
    silent = [command for command, parsed in PROGRAMS[program].items() if not parsed.help]
    silent += [
        (*command, option)
        for command, parsed in PROGRAMS[program].items()
        for parameter in parsed.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help" and not getattr(parameter, "help", None)
    ]
    assert silent == []


def list_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.M)
    assert all(re.search(rf"^{target}:", makefile, re.M) for target in phony.split())
    return set(phony.split())


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_make_target_shown_exists(path: Path) -> None:
    shown = {line.split()[1] for line in read_code(path) if re.match(r"make [a-z]", line)}
    assert shown <= list_targets()


def test_the_build_server_runs_what_the_readme_says() -> None:
    steps = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert "make test" in steps
    assert "make test" in list(read_code(README))
    assert steps[-1] == '.venv/bin/pytest -m "browser and not full"'


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
