"""Who may use the console: a name, a role and a password in, an `Account` or a refusal out.

Kept in ICTNAVI_HOME/staff.json, which only its owner may read; of a password an argon2id hash alone. It knows no
sessions and limits no attempts: ui/staff/sessions.py and ui/staff/attempts.py do.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from typing import Literal, get_args
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock, Timeout

from rag.types import SettingError, StorageError

FILE = "staff.json"
Role = Literal["viewer", "editor", "publisher"]
ROLES: tuple[str, ...] = get_args(Role)
NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")
LEAST, MOST = 12, 256  # characters of a password
LOCK_SECONDS = 10.0
HASHER = PasswordHasher()
_HASHING = BoundedSemaphore(2)  # each takes 64 MiB for a moment


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user. `hash` is argon2's own text form, parameters and salt included."""

    name: str
    role: Role
    hash: str

    def __post_init__(self) -> None:
        """Refuse a name or a role that does not exist."""
        if not NAME.fullmatch(self.name):
            raise SettingError(f"名前「{self.name}」は使えません(英数字と . _ - で32字まで)")
        if self.role not in ROLES:
            raise SettingError(f"--role {self.role} は使えません({'・'.join(ROLES)} のいずれか)")

    def may(self, role: Role) -> bool:
        """Whether the account's role holds what `role` may do; each role holds the ones before it."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def fingerprint(self) -> str:
        """Changes with the password: what a session is tied to."""
        return sha256(self.hash.encode()).hexdigest()


class Accounts:
    """The users of one data folder. Making one touches nothing."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._nobody = ""  # a hash of no password, for names that do not exist

    def read(self) -> Mapping[str, Account]:
        """Every user by name; none where there is no file.

        Raises:
            StorageError: the file can't be read, or is damaged.
        """
        try:
            table = json.loads(self.path.read_text("utf-8"))
            return {name: Account(**values) for name, values in table.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError, SettingError) as error:
            raise StorageError(f"{self.path} を読めません({type(error).__name__})") from error

    def find(self, name: str) -> Account | None:
        """The user of that name."""
        return self.read().get(name)

    def set(self, name: str, role: str, password: str) -> Account:
        """Add a user, or give one a new role and password.

        Raises:
            SettingError: name, role or password do not do; nothing was written.
            StorageError: the file can't be written.
        """
        account = Account(name=name, role=role, hash="")  # type: ignore[arg-type]  # the constructor checks the role
        account = Account(name=name, role=account.role, hash=_hash(_check(password, name)))
        self._change(lambda table: {**table, name: account})
        return account

    def remove(self, name: str) -> bool:
        """Take a user away; False where there was none. Their sessions end at once."""
        there = name in self.read()
        self._change(lambda table: {other: account for other, account in table.items() if other != name})
        return there

    def verify(self, name: str, password: str) -> Account | None:
        """The user, where the password is theirs; an unknown name takes as long as a wrong password."""
        account = self.find(name)
        if account is None and not self._nobody:
            self._nobody = _hash(secrets.token_hex(16))
        held = account.hash if account else self._nobody
        try:
            with _HASHING:
                HASHER.verify(held, _normal(password)[:MOST])
        except (VerificationError, InvalidHashError):
            return None
        return account

    def _change(self, change: Callable[[Mapping[str, Account]], Mapping[str, Account]]) -> None:
        beside = self.path.with_name(f".{FILE}.{secrets.token_hex(4)}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(".staff.lock"), timeout=LOCK_SECONDS):
                table = {name: asdict(account) for name, account in change(self.read()).items()}
                descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, not a path
                    json.dump(table, file, ensure_ascii=False, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(beside, self.path)  # noqa: PTH105 - the one commit point
        except (OSError, Timeout) as error:
            beside.unlink(missing_ok=True)
            raise StorageError(f"{self.path} に書けません({error})") from error


def _hash(password: str) -> str:
    with _HASHING:
        return HASHER.hash(password)


def _normal(password: str) -> str:
    """Full-width and half-width forms of one key are one password."""
    return normalize("NFKC", password)


def _check(password: str, name: str) -> str:
    normal = _normal(password)
    if not LEAST <= len(normal) <= MOST:
        raise SettingError(f"パスワードは {LEAST} 字以上 {MOST} 字以下にしてください")
    if name.casefold() in normal.casefold() or len(set(normal)) < 5:
        raise SettingError("パスワードに名前を入れたり、同じ字ばかりを並べたりしないでください")
    return normal
