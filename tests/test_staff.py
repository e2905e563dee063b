"""The console's doors: accounts, throttled login, sessions that end, roles at every callback, the gate's verdict."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from running import copy_home, run_command
from scripted_bot import ScriptedBot
from starlette.requests import Request

from rag.releases import ReleaseStore
from rag.settings import Settings, read_settings
from rag.types import ContentError, SettingError, StorageError
from ui.adding import Answers
from ui.server import Surroundings, create_app
from ui.staff import evaluation, material
from ui.staff.accounts import ROLES, Accounts
from ui.staff.attempts import Attempts
from ui.staff.audit import Audit
from ui.staff.console import Staff
from ui.staff.guard import Guard, Refused, name_cookie
from ui.staff.sessions import IDLE_SECONDS, MOST_SECONDS, StaffSessions
from ui.staff.views import list_entries, show_passage
from ui.switch import Switch

TODAY = date(2026, 11, 23)
PASSWORD = "tsubame to kamome 7"
HERE = {"origin": "http://testserver"}
PATHS = [
    ("GET", "/staff/"),
    ("GET", "/staff/theme.css"),
    ("GET", "/staff/gradio_api/queue/data?session_hash=x"),
    ("GET", "/staff/gradio_api/heartbeat/x"),
    ("GET", "/staff/gradio_api/file=/etc/passwd"),
    ("POST", "/staff/gradio_api/queue/join"),
    ("POST", "/staff/gradio_api/upload"),
    ("POST", "/staff/logout"),
]
NEVER = [
    ("GET", "/staff/config"),
    ("GET", "/staff/gradio_api/info"),
    ("GET", "/staff/gradio_api/file=https://example.org/"),
    ("GET", "/staff/gradio_api/proxy=https://example.org/"),
    ("GET", "/staff/monitoring"),
    ("POST", "/staff/gradio_api/run/predict"),
    ("POST", "/staff/gradio_api/call/list_all"),
    ("POST", "/staff/gradio_api/component_server"),
]


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def staff(home: Path) -> Staff:
    return Staff.of(Settings(home=home), lambda: TODAY)


def visit(staff: Staff) -> TestClient:
    app = create_app(ScriptedBot(), today=lambda: TODAY, around=Surroundings(staff=staff))
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


def log_in(client: TestClient, name: str, password: str = PASSWORD) -> Any:
    return client.post("/staff/login", data={"name": name, "password": password}, headers=HERE)


def ask(client: TestClient, method: str, path: str) -> int:
    return client.request(method, path, headers=HERE).status_code


def test_without_a_user_there_is_no_console(staff: Staff) -> None:
    client = visit(staff)
    assert {ask(client, *each) for each in [("GET", "/staff"), ("GET", "/staff/login"), *PATHS, *NEVER]} == {404}
    assert client.get("/").status_code == 200


def test_a_damaged_file_of_users_closes_the_console(staff: Staff) -> None:
    staff.accounts.path.write_text("{")
    assert {ask(visit(staff), *each) for each in PATHS} == {404}
    with pytest.raises(StorageError):
        staff.accounts.read()


def test_the_login_is_all_that_is_open_to_the_anonymous(staff: Staff) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    client = visit(staff)
    assert client.get("/staff/").headers["location"] == "/staff/login"
    assert {ask(client, *each) for each in PATHS[1:]} == {401}
    assert {ask(client, *each) for each in NEVER} == {404}


def test_a_login_opens_the_console_in_no_frame_and_a_logout_closes_it(staff: Staff) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    client = visit(staff)
    answer = log_in(client, "umi")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    page = client.get("/staff/")
    assert page.status_code == 200 and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert {ask(client, *each) for each in NEVER} == {404}
    token = client.cookies[name_cookie(False)]
    assert ask(client, "POST", "/staff/logout") == 303
    client.cookies.set(name_cookie(False), token)
    assert client.get("/staff/").status_code == 303


def test_behind_https_the_cookie_is_bound_to_the_host(staff: Staff) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    app = create_app(ScriptedBot(), today=lambda: TODAY, around=Surroundings(staff=staff))
    client = TestClient(app, base_url="https://testserver", follow_redirects=False)
    answer = client.post(
        "/staff/login", data={"name": "umi", "password": PASSWORD}, headers={"origin": "https://testserver"}
    )
    assert answer.headers["set-cookie"].startswith("__Host-ictnavi-staff=") and "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("origin", [None, "null", "https://example.org", "http://testserver.example.org"])
def test_a_post_from_elsewhere_is_refused(staff: Staff, origin: str | None) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    client = visit(staff)
    log_in(client, "umi")
    headers = {"origin": origin} if origin else {}
    for path in ("/staff/login", "/staff/logout", "/staff/gradio_api/queue/join", "/staff/gradio_api/upload"):
        assert client.post(path, headers=headers).status_code == 403


def test_below_a_sub_path_the_console_is_found_and_guarded(staff: Staff) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    app = create_app(ScriptedBot(), today=lambda: TODAY, root_path="/ict", around=Surroundings(staff=staff))
    client = TestClient(app, follow_redirects=False)
    assert client.get("/ict/staff/").headers["location"] == "/ict/staff/login"
    client.post("/ict/staff/login", data={"name": "umi", "password": PASSWORD}, headers=HERE)
    page = client.get("/ict/staff/")
    assert page.status_code == 200 and '"root":"http://testserver/ict/staff"' in page.text
    assert client.get("/ict/staff/theme.css").status_code == 200
    assert client.get("/ict/").status_code == 200 and client.get("/ict/staff/config").status_code == 404


def visit_by_proxy(staff: Staff, *, peer: str = "192.0.2.7", header: str | None = "X-Forwarded-User") -> TestClient:
    settings = Settings(home=staff.settings.home, trusted_proxies=("192.0.2.7",), staff_header=header)
    around = Surroundings(staff=Staff.of(settings, lambda: TODAY), proxies=settings.trusted_proxies)
    app = create_app(ScriptedBot(), today=lambda: TODAY, around=around)
    return TestClient(app, follow_redirects=False, client=(peer, 50000))


def test_a_name_checked_by_a_trusted_proxy_opens_the_console(staff: Staff) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    client = visit_by_proxy(staff)
    assert client.get("/staff/", headers={"x-forwarded-user": "umi"}).status_code == 200
    for headers in ({}, {"x-forwarded-user": "nobody"}, [("x-forwarded-user", "umi"), ("x-forwarded-user", "umi")]):
        assert client.get("/staff/", headers=headers).status_code == 303
    refused = client.post("/staff/gradio_api/queue/join", headers={"x-forwarded-user": "umi", "origin": "https://x.jp"})
    assert refused.status_code == 403


@pytest.mark.parametrize(("peer", "header"), [("192.0.2.8", "X-Forwarded-User"), ("192.0.2.7", None)])
def test_a_name_from_anyone_else_counts_for_nothing(staff: Staff, peer: str, header: str | None) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    client = visit_by_proxy(staff, peer=peer, header=header)
    assert client.get("/staff/", headers={"x-forwarded-user": "umi"}).status_code == 303


def test_a_proxys_login_needs_a_trusted_proxy(home: Path) -> None:
    with pytest.raises(SettingError, match="TRUSTED_PROXIES"):
        read_settings(home=home, staff_header="X-Forwarded-User")


def test_an_unknown_name_looks_like_a_wrong_password_and_is_not_written_down(staff: Staff) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    client = visit(staff)
    wrong, unknown = log_in(client, "umi", "wrong"), log_in(client, "my-secret-typed-here", "wrong")
    assert (wrong.status_code, wrong.text) == (unknown.status_code, unknown.text) == (401, wrong.text)
    written = staff.audit.path.read_text("utf-8")
    assert "my-secret" not in written and "wrong" not in written and '"umi"' in written


def test_after_ten_attempts_not_even_the_right_password_is_checked(staff: Staff) -> None:
    staff.accounts.set("umi", "publisher", PASSWORD)
    client = visit(staff)
    assert [log_in(client, "umi", "wrong").status_code for _ in range(10)] == [401] * 10
    assert log_in(client, "umi").status_code == 429
    assert len(staff.audit.read()) == 10


def test_attempts_are_counted_by_name_and_by_address() -> None:
    by_name, by_address = Attempts(), Attempts()
    assert [by_name.admit(f"192.0.2.{n}", "Umi" if n % 2 else "umi") for n in range(11)] == [True] * 10 + [False]
    assert [by_address.admit("192.0.2.1", f"n{n}") for n in range(11)] == [True] * 10 + [False]


def test_accounts_hold_hashes_alone_and_only_their_owner_may_read_them(home: Path) -> None:
    accounts = Accounts(home)
    accounts.set("umi", "editor", PASSWORD)
    assert stat.S_IMODE(accounts.path.stat().st_mode) == 0o600
    assert PASSWORD not in accounts.path.read_text() and "$argon2id$" in accounts.path.read_text()
    assert accounts.verify("umi", PASSWORD) and not accounts.verify("umi", PASSWORD + "x")
    assert accounts.verify("nobody", PASSWORD) is None


@pytest.mark.parametrize(
    ("name", "role", "password"),
    [("うみ", "viewer", PASSWORD), ("umi", "admin", PASSWORD), ("umi", "viewer", "short"), ("umi", "viewer", "a" * 20),
     ("umi", "viewer", "umi no kamome 77"), ("../umi", "viewer", PASSWORD)],
)  # fmt: skip
def test_a_poor_account_is_refused_and_nothing_is_written(home: Path, name: str, role: str, password: str) -> None:
    with pytest.raises(SettingError):
        Accounts(home).set(name, role, password)
    assert not Accounts(home).path.exists()


def test_sessions_end_idle_after_half_an_hour_and_after_a_day_of_work(home: Path) -> None:
    clock, accounts = Clock(), Accounts(home)
    sessions = StaffSessions(accounts, clock)
    token = sessions.begin(accounts.set("umi", "viewer", PASSWORD))
    assert token not in str(sessions._held)
    clock.now = IDLE_SECONDS - 1
    assert sessions.find(token, touch=True)
    clock.now += IDLE_SECONDS + 1
    assert sessions.find(token) is None
    token, began = sessions.begin(accounts.read()["umi"]), clock.now
    while clock.now - began < MOST_SECONDS - 60:
        clock.now += 600
        if clock.now - began <= MOST_SECONDS:
            assert sessions.find(token, touch=True)
    clock.now = began + MOST_SECONDS + 1
    assert sessions.find(token) is None


def test_a_new_password_a_removal_and_a_smaller_role_hold_at_once(home: Path) -> None:
    accounts = Accounts(home)
    sessions = StaffSessions(accounts)
    token = sessions.begin(accounts.set("umi", "publisher", PASSWORD))
    accounts.set("umi", "viewer", PASSWORD + "!")
    assert sessions.find(token) is None
    token = sessions.begin(accounts.read()["umi"])
    accounts.remove("umi")
    assert sessions.find(token) is None


def make_request(token: str = "") -> gr.Request:
    headers = [(b"cookie", f"{name_cookie(False)}={token}".encode())] if token else []
    return gr.Request(request=Request({"type": "http", "scheme": "http", "path": "/", "headers": headers}))


@pytest.fixture
def callbacks(staff: Staff) -> Iterator[list[Any]]:
    """Every function of the console as it is served, as Gradio would call it."""
    app = create_app(ScriptedBot(), today=lambda: TODAY, around=Surroundings(staff=staff))
    (mounted,) = [route.app for route in app.routes if getattr(route, "path", "") == "/staff"]
    yield [each.fn for each in mounted.get_blocks().fns.values() if each.fn is not None]


def test_every_function_of_the_console_is_refused_without_a_session_or_with_an_old_one(
    staff: Staff, callbacks: list[Any]
) -> None:
    clock = Clock()
    staff.sessions.clock = clock
    token = staff.sessions.begin(staff.accounts.set("umi", "publisher", PASSWORD))
    clock.now = IDLE_SECONDS + 1
    assert len(callbacks) >= 40
    for function in callbacks:
        for request in (make_request(), make_request("x" * 43), make_request(token), None):
            with pytest.raises(Refused, match="ログイン"):
                function(request)


def test_every_function_of_the_console_is_refused_to_a_smaller_role(staff: Staff, callbacks: list[Any]) -> None:
    staff.audit.path.touch()
    tried = 0
    for role in ROLES[:2]:
        token = staff.sessions.begin(staff.accounts.set("umi", role, PASSWORD))
        for function in callbacks:
            if ROLES.index(function.required_role) > ROLES.index(role):
                tried += 1
                with pytest.raises(Refused, match="権限"):
                    function(make_request(token))
    assert tried >= 25
    assert {entry.result for entry in staff.audit.read()} == {"権限なし"}


def test_what_changes_something_needs_more_than_a_viewer(callbacks: list[Any]) -> None:
    needed = {function.__qualname__: function.required_role for function in callbacks}
    for name, role in {
        "MaterialTab.add": "editor", "MaterialTab.remove": "editor", "MaterialTab.refresh": "editor",
        "MaterialTab.impact": "editor", "EvaluationTab.run": "editor", "EvaluationTab.take": "editor",
        "QuestionsTab.make": "editor", "MaterialTab.publish": "publisher", "MaterialTab.roll_back": "publisher",
        "MaterialTab.purge": "publisher", "StateTab.close": "publisher", "StateTab.reopen": "publisher",
        "StateTab.export": "publisher", "EditorTab.save": "editor", "EditorTab.build_candidate": "editor",
        "EditorTab.revert": "editor", "EditorTab.take_away": "editor", "QuestionsTab.draft": "editor",
        "WithdrawalTab.withdraw": "publisher", "WithdrawalTab.say_again": "publisher",
    }.items():  # fmt: skip
        assert needed[name] == role


def test_an_error_becomes_one_sentence_and_a_line_of_the_log(staff: Staff) -> None:
    token = staff.sessions.begin(staff.accounts.set("umi", "editor", PASSWORD))
    guard = Guard(staff.sessions, staff.audit)

    def known(request: gr.Request, value: str) -> None:
        raise SettingError("<b>だめです</b>")

    def unknown(request: gr.Request, value: str) -> None:
        raise RuntimeError("secret")

    with pytest.raises(gr.Error) as told:
        guard.allow("editor", known, action="試す", describe=str)(make_request(token), "値")
    assert "<b>" not in told.value.message
    with pytest.raises(gr.Error) as told:
        guard.allow("editor", unknown, action="試す")(make_request(token), "値")
    assert "secret" not in told.value.message
    assert [entry.result for entry in staff.audit.read()] == ["RuntimeError", "<b>だめです</b>"]


def test_the_audit_log_grows_line_by_line_and_is_its_owners(home: Path) -> None:
    audit = Audit(home)
    audit.note("umi", "公開", detail="r1")
    audit.note("umi", "版を戻す", result="だめ")
    assert [(e.user, e.action, e.result) for e in audit.read()] == [("umi", "版を戻す", "だめ"), ("umi", "公開", "ok")]
    (row, _) = list_entries(audit.read())
    assert row[1:] == ["umi", "版を戻す", "", "だめ"]
    assert stat.S_IMODE(audit.path.stat().st_mode) == 0o600
    assert all(json.loads(line) for line in audit.path.read_text("utf-8").splitlines())


@pytest.fixture
def own(small_settings: Settings, tmp_path: Path) -> Settings:
    return Settings(home=copy_home(small_settings.home, tmp_path / "home"), corpus=small_settings.corpus)


def add_note(settings: Settings, folder: Path) -> material.Added:
    file = folder / "note.txt"
    file.write_text("情報専門員の選考は、令和8年度は55歳未満の人が対象です。", "utf-8")
    given = Answers(
        kind="rule", title="令和8年度の案内", url="https://example.org/guide-2026/", publisher="なぎさ県",
        standing="official", as_of=None, fiscal_year=2026, lang=None, rights="text",
    )  # fmt: skip
    return material.add_source(settings, str(file), given, lambda stage, done, total: None)


def test_past_the_gate_only_a_reason_publishes_and_it_is_kept(own: Settings, tmp_path: Path) -> None:
    before = ReleaseStore(own.home).current()
    added = add_note(own, tmp_path)
    for reason in ("", "短い"):
        with pytest.raises(SettingError, match="理由"):
            material.publish_release(own, added.candidate, reason)
    assert ReleaseStore(own.home).current() == before
    material.publish_release(own, added.candidate, "年度の切り替えを先に知らせるため")
    assert ReleaseStore(own.home).current() == added.candidate
    assert "年度の切り替え" in json.loads((own.home / "log.jsonl").read_text().splitlines()[-1])["reason"]
    with pytest.raises(SettingError):
        material.roll_back(own, " ")
    assert material.roll_back(own, "誤りのため") == before


@pytest.mark.parametrize("release_id", [None, "", "../../etc", "20200101T000000Z-00000000"])
def test_a_release_that_is_not_listed_is_not_touched(own: Settings, release_id: str | None) -> None:
    with pytest.raises(SettingError):
        material.publish_release(own, release_id, "理由を十字以上書いておきます")


def test_a_source_without_its_rights_is_refused_before_anything_is_kept(own: Settings, tmp_path: Path) -> None:
    given = Answers(
        kind="rule", title="題", url="https://example.org/x/", publisher="県", standing="official", as_of=None,
        fiscal_year=2026, lang=None, rights=None,
    )  # fmt: skip
    with pytest.raises(SettingError, match="転載の権利"):
        material.add_source(own, str(tmp_path / "x.txt"), given, lambda stage, done, total: None)
    assert not (own.home / "originals").exists()


def test_purging_needs_the_id_twice(own: Settings) -> None:
    with pytest.raises(SettingError):
        material.purge(own, "selection", "selectoin")


def test_a_question_becomes_a_case_once_and_without_personal_data(home: Path) -> None:
    case = evaluation.add_case(home, "寮はありますか(taro@example.com)", "寮はない", "", None)
    assert "taro" not in case.question
    assert evaluation.find_set(home, evaluation.FROM_QUESTIONS).cases == (case,)
    with pytest.raises(ContentError):
        evaluation.add_case(home, "寮はありますか(taro@example.com)", "寮はない", "", None)
    with pytest.raises(ContentError):
        evaluation.add_case(home, "採点できない質問", "", "", None)


def test_the_set_held_apart_and_names_of_shipped_sets_are_out_of_reach(home: Path, tmp_path: Path) -> None:
    assert "holdout" not in evaluation.choose_sets(home)
    for name in ("holdout", str(tmp_path / "x.jsonl"), None):
        with pytest.raises(SettingError):
            evaluation.find_set(home, name)
    shipped = tmp_path / "practice.jsonl"
    case = {"id": "a", "turns": ["x"], "language": "ja", "category": "direct", "facts": [["x"]]}
    shipped.write_text(json.dumps(case), "utf-8")
    with pytest.raises(SettingError, match="同梱"):
        evaluation.take_set(home, str(shipped))


def test_words_of_a_source_are_no_markup_in_the_preview() -> None:
    from rag.differences import PassageChange, Piece

    evil = "![x](https://example.org/x.png)<img src=x>"
    pieces = (Piece(kind="added", text=evil),)
    shown = show_passage(
        PassageChange(
            change="changed", heading=evil, before="", after=evil, pieces=pieces, values_lost=(), values_won=(evil,)
        )
    )
    assert "<img" not in shown and "![" not in shown


def test_a_closed_chat_says_so_on_the_api_and_opens_again(staff: Staff) -> None:
    client, switch = visit(staff), Switch(home=staff.settings.home)
    switch.close("資料を確かめています")
    refused = client.post("/api/ask", json={"question": "何歳まで受けられますか"})
    assert refused.status_code == 503 and "資料を確かめています" in refused.json()["error"]["message"]
    switch.open()
    assert client.post("/api/ask", json={"question": "何歳まで受けられますか"}).status_code == 200
    with pytest.raises(SettingError):
        switch.close("  ")


def test_users_are_added_from_standard_input_and_removed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    assert run_command(home, "staff", "add", "umi").code == 2
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert run_command(home, "staff", "add", "umi", "--role", "editor", "--password-stdin").code == 0
    assert run_command(home, "staff", "list").out == "umi editor\n"
    assert run_command(home, "staff", "remove", "umi").code == 0
    assert run_command(home, "staff", "remove", "umi").code == 2
