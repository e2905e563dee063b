"""A set <-> a file of any form that people exchange: XLSX, CSV, JSON lines, told by the file's name.

It writes whole files or none. Imported sets lie under `<home>/evals/sets/` and go before shipped ones of that name.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from evals.cases import CaseSet, read_lines
from evals.csv_file import Encoding, read_csv, write_csv
from evals.xlsx import read_xlsx, write_xlsx
from rag.types import SettingError, StorageError

FORMS = (".xlsx", ".csv", ".jsonl")
_NAME = re.compile(r"[\w.-]+")


def read_set_file(path: Path) -> CaseSet:
    """The set in a file; its name is the file's.

    Raises:
        ContentError: it breaks the form; every faulty cell is named.
        SettingError: no such file, or no form that can be read.
    """
    name = path.stem.replace(" ", "-")
    _require_form(path)
    if not _NAME.fullmatch(name):
        raise SettingError(
            f"ファイル名「{path.name}」は評価セットの名前に使えません。文字・数字・- _ . だけの名前にしてください。"
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingError(f"ファイル {path} を読めません({error.strerror})。") from error
    if path.suffix.lower() == ".xlsx":
        return read_xlsx(data, name)
    if path.suffix.lower() == ".csv":
        return read_csv(data, f"{name}.csv")
    return read_lines(data, name, path.name)


def write_set_file(case_set: CaseSet, path: Path, encoding: Encoding = "utf-8-sig") -> None:
    """Write the set in the form that the file's name tells."""
    _require_form(path)
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        data = write_xlsx(case_set)
    else:
        data = write_csv(case_set, encoding) if suffix == ".csv" else case_set.to_bytes()
    replace_file(path, data)


def keep_set(case_set: CaseSet, home: Path) -> Path:
    """Take a set over: it is found by its name from now on."""
    path = home / "evals" / "sets" / f"{case_set.name}.jsonl"
    replace_file(path, case_set.to_bytes())
    return path


def replace_file(path: Path, data: bytes) -> None:
    """The whole file or none.

    Raises:
        StorageError: the disk refused.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        os.replace(beside, path)  # noqa: PTH105 - the one commit point
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError(f"{path} に書けません({error.strerror})。") from error


def _require_form(path: Path) -> None:
    if path.suffix.lower() not in FORMS:
        raise SettingError(f"ファイル「{path.name}」の形は使えません({'・'.join(FORMS)} のいずれかにしてください)。")
