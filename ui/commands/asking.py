"""`ictnavi ask`: one question, or a file of them."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.settings import read_settings
from rag.types import ContentError, SettingError
from ui.commands.terminal import open_bot, out, read_day

ABSTAINED = 3


def ask(
    question: Annotated[str | None, typer.Argument(help="質問(日本語か英語)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="答えをJSONで")] = False,
    jsonl: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--jsonl", metavar="IN OUT", help="まとめて: 1行1問のJSONを読み、1行1答を書く"),
    ] = None,
    today: Annotated[str | None, typer.Option(help="日本の日付 YYYY-MM-DD(既定は今日)")] = None,
) -> None:
    """1つの質問に、出典つきで答える(答えられないときは終了コード3)。"""
    day = read_day(today)
    if jsonl is not None:
        return _ask_lines(*jsonl, day)
    if question is None:
        raise SettingError('質問を1つ書いてください(例 ictnavi ask "ICT職とは")')
    answer = open_bot(read_settings()).ask(question, today=day)
    if as_json:
        sys.stdout.write(json.dumps(answer.to_json(), ensure_ascii=False) + "\n")
    else:
        from ui.printing import print_answer

        print_answer(out, answer)
    raise typer.Exit(ABSTAINED if answer.abstained else 0)


def _ask_lines(source: Path, target: Path, day: date) -> None:
    questions = _read_questions(source)
    bot = open_bot(read_settings())
    lines = []
    for name, turns in questions:
        answer = bot.ask(turns[-1], turns[:-1], today=day)
        lines.append(json.dumps({"id": name, **answer.to_json()}, ensure_ascii=False) + "\n")
    try:
        target.write_text("".join(lines), "utf-8")
    except OSError as error:
        raise ContentError(f"書けません({error.strerror})", path=str(target)) from error


def _read_questions(path: Path) -> list[tuple[Any, list[str]]]:
    """(id, turns) a line; a faulty line is named before anything is asked."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} を読めません({error})") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            turns = record.get("turns") or [record["question"]]
        except (ValueError, KeyError, AttributeError, TypeError):
            raise ContentError(
                '{"id": …, "question": …} か {"id": …, "turns": […]} の形ではありません', path=str(path), line=number
            ) from None
        if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
            raise ContentError("turns は質問の文字列の並びにしてください", path=str(path), line=number)
        found.append((record.get("id"), turns))
    return found
