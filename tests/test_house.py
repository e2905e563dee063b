"""The house rules that no linter knows: the direction of imports, quiet imports, locks, what no file may name.

The README, the settings table and the commands are held in test_docs.py.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
# a file imports only from rooms above its own; files of one room may import each other, without cycles
ROOMS = (
    "rag.types",
    "rag.language",
    "rag.privacy",
    "rag.parse",
    "rag.corpus",
    "rag.chunk",
    "rag.embed",
    "rag.classifier",
    "rag.index",
    "rag.query",
    "rag.coverage",
    "rag.retrieve",
    "rag.reasons",
    "rag.intent",
    "rag.rivals",
    "rag.asker",
    "rag.converse",
    "rag.evidence",
    "rag.answer",
    "rag.releases",
    "rag.records",
    "rag.probe",
    "rag.settings",
    "rag.originals",
    "rag.overlay",
    "rag.withdrawn",
    "rag.drift",
    "rag.differences",
    "rag.token_cache",
    "rag.build",
    "rag.served",
    "rag.scope",
    "rag.takeover",
    "rag.bot",
    "rag.langchain",
    "rag.fetch",
    "rag.refresh",
    "rag.backup",
    "evals",
    "ui",
    "app",
)
SEES_SETTINGS = ("rag.build", "rag.served", "rag.takeover", "rag.bot", "rag.refresh", "evals", "ui", "app")
LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock")
LONGEST_FUNCTION = 60
TEXT = {".py", ".md", ".toml", ".lock", ".css", ".js", ".svg", ".txt", ".html", ".json", ".jsonl", ".tsv", ".csv", ""}
MACHINE_PATH = re.compile(r"(?<![\w/.\-])/(?:work|farm|root|opt|home|Users)/[\w.]")
INDEX_ADDRESS = re.compile(r"--(?:extra-)?index-url|(?i:find-links)\s*[= ]|https?://\S+/simple\b|file://\S*/simple\b")


def list_modules() -> dict[str, Path]:
    """Every module of the house by its dotted name; a package goes by its folder's name."""
    paths = [p for room in ("rag", "evals", "ui") for p in (ROOT / room).rglob("*.py")] + [ROOT / "app.py"]
    return {name_module(p): p for p in sorted(paths)}


def name_module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = list_modules()


def read_imports(name: str) -> Iterator[tuple[str, int]]:
    """The modules of this house that a file imports, wherever in the file, each with its line."""
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((resolve(alias.name), node.lineno) for alias in node.names if is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: 相対 import は使いません"
            module = node.module or ""
            if is_ours(module):
                yield from ((resolve(f"{module}.{alias.name}"), node.lineno) for alias in node.names)


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in {"rag", "evals", "ui", "app"}


def resolve(dotted: str) -> str:
    """`rag.types.Answer` is imported from `rag.types`."""
    while dotted not in MODULES:
        dotted, dot, _ = dotted.rpartition(".")
        assert dot, "an import names a module of this house that does not exist"
    return dotted


def find_room(module: str) -> int | None:
    """The place in ROOMS; None for the bare package `rag`, which holds nothing."""
    for position, room in enumerate(ROOMS):
        if module == room or module.startswith(f"{room}."):
            return position
    return None


def test_every_file_has_a_room() -> None:
    assert [name for name in MODULES if find_room(name) is None] == ["rag"]


def test_files_import_only_from_rooms_above_them() -> None:
    wrong = [
        f"{name}:{line} imports {imported}"
        for name in MODULES
        for imported, line in read_imports(name)
        if (mine := find_room(name)) is None or (theirs := find_room(imported)) is None or theirs > mine
    ]
    assert wrong == []


def test_no_file_imports_itself_through_others() -> None:
    graph = {name: {imported for imported, _ in read_imports(name)} - {name} for name in MODULES}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError, which names the ring


def test_only_the_upper_rooms_see_settings() -> None:
    seeing = {name for name in MODULES if "rag.settings" in {imported for imported, _ in read_imports(name)}}
    assert [name for name in seeing if not name.startswith(SEES_SETTINGS)] == []


def test_only_settings_reads_the_environment() -> None:
    readers = [
        f"{name}:{node.lineno}"
        for name, path in MODULES.items()
        if name != "rag.settings"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "BaseSettings"})
        or (isinstance(node, ast.ImportFrom) and node.module in {"os", "pydantic_settings"})
    ]
    assert readers == []


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


# Gradio writes a seed beside its own files the first time it is imported; what lies in the environment is not ours
WATCH = """
import sys, threading
seen, module = [], ""
def watch(event, args):
    if event in {"open", "os.mkdir", "os.rename"} and str(args[0]).startswith(sys.prefix):
        return
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir", "os.rename"} or (
        event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    ):
        seen.append(f"{module}: {event} {args}"[:300])
import importlib, os, logging
before = dict(os.environ), list(logging.getLogger().handlers)
sys.addaudithook(watch)
for module in sys.argv[1:]:
    importlib.import_module(module)
    seen += [f"{module}: thread {t.name}" for t in threading.enumerate() if t is not threading.main_thread()]
    if before != (dict(os.environ), list(logging.getLogger().handlers)):
        seen.append(f"{module}: environment or log handlers changed")
print("\\n".join(dict.fromkeys(seen)))
"""


def test_importing_does_nothing(tmp_path: Path) -> None:
    """No file, folder, thread, process, connection, log handler or variable comes of importing the whole house."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *MODULES],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""},
        timeout=200,
    )
    assert (done.stdout.strip(), done.stderr[-2000:], done.returncode) == ("", "", 0)
    assert list(tmp_path.rglob("*")) == []


def list_tracked() -> list[Path]:
    """Every text file that belongs to the repository: all but what .gitignore names."""
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()} | {".git"}
    folders = [p for p in ROOT.iterdir() if p.is_dir() and p.name not in ignored]
    files = [p for p in ROOT.iterdir() if p.is_file()] + [p for folder in folders for p in folder.rglob("*")]
    return sorted(p for p in files if p.is_file() and p.suffix in TEXT and "__pycache__" not in p.parts)


def test_no_file_names_a_path_of_one_machine_or_a_package_index() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in list_tracked()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if MACHINE_PATH.search(line) or INDEX_ADDRESS.search(line)
    ]
    assert named == []


@pytest.mark.parametrize("line", ["/home/taro/ictnavi", "cd /work/main", "python /Users/x/a.py", "/root/.cache"])
def test_a_path_of_one_machine_is_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize(
    "line", ["https://example.jp/home/about/", "rag/work/x", "../work/", "/gradio_api/", "/rooted"]
)
def test_an_address_on_the_web_is_no_path_of_a_machine(line: str) -> None:
    assert not MACHINE_PATH.search(line)


def read_lock(name: str) -> dict[str, tuple[Version, list[str]]]:
    """The pins of a lock: version and hashes by name. A line that is no pin fails."""
    pins: dict[str, tuple[Version, list[str]]] = {}
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    for line in (line for line in text.splitlines() if line and not line.startswith("#")):
        wanted, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        requirement = Requirement(wanted)
        (pin,) = requirement.specifier
        assert requirement.url is None and pin.operator == "==", line[:80]
        pins[canonicalize_name(requirement.name)] = (Version(pin.version), [h.strip() for h in hashes])
    return pins


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_pinned_by_hash(name: str) -> None:
    pins = read_lock(name)
    assert pins
    unhashed = [
        p for p, (_, hashes) in pins.items() if not hashes or not all(re.fullmatch(r"[0-9a-f]{64}", h) for h in hashes)
    ]
    assert unhashed == []


@pytest.mark.parametrize("name", LOCKS)
def test_locks_say_how_to_make_them_again(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").splitlines()[1].strip() == "#    make lock"


def test_the_developers_lock_holds_the_very_pins_of_the_users_lock() -> None:
    users, developers = read_lock("requirements.lock"), read_lock("requirements-dev.lock")
    assert {name: pin for name, pin in users.items() if developers.get(name) != pin} == {}


def test_locks_meet_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": project["dependency-groups"]["dev"],
        "requirements-build.lock": [*project["dependency-groups"]["build"], *project["build-system"]["requires"]],
    }
    unmet = [
        f"{name}: {wanted}"
        for name, wishes in asked.items()
        for wanted in map(Requirement, wishes)
        if (pin := read_lock(name).get(canonicalize_name(wanted.name))) is None or pin[0] not in wanted.specifier
    ]
    assert unmet == []
