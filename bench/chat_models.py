"""Scripted models: each reads the prompt as a real one would and answers in its own bad or good way.

A model here is a function from messages to a `Reply`. None knows the product's check. `python -m bench.chat_models
NAME` serves one until it is stopped, and says the settings to reach it by.
"""

from __future__ import annotations

import argparse
import json
import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from bench.chat_server import Behaviour, Reply, serving

PARAPHRASES = Path(__file__).with_name("data")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a prompt holds: the passages by token, each with its statements; empty where it is no request to write."""

    passages: dict[str, list[str]]
    whole: str

    @property
    def lead(self) -> list[tuple[str, str]]:
        """The first two statements of the first passage, with its token."""
        return [(token, s) for token, statements in list(self.passages.items())[:1] for s in statements[:2]]


def read_prompt(messages: Sequence[dict[str, Any]]) -> Read:
    """The prompt's parts, from its text alone."""
    whole = str(messages[-1]["content"])
    passages: dict[str, list[str]] = {}
    token = ""
    for line in whole.splitlines():
        if found := re.match(r"\[(P\d+)\] ", line):
            token = found[1]
            passages[token] = []
        elif line.startswith("- ") and token:
            passages[token].append(line[2:])
    return Read(passages=passages, whole=whole)


def _lines(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f"[{token}] {text}\n" for token, text in pairs)


def truthful(messages: Sequence[dict[str, Any]]) -> Reply:
    """Repeats the first statements of the first passage; a follow-up it leaves as it is."""
    read = read_prompt(messages)
    return Reply(text=_lines(read.lead) if read.passages else last_question(messages))


def last_question(messages: Sequence[dict[str, Any]]) -> str:
    """The question that a request to restate ends with."""
    return str(messages[-1]["content"]).rpartition(": ")[2].strip()


def paraphrasing(messages: Sequence[dict[str, Any]]) -> Reply:
    """Says statements in other words, where it knows some; a follow-up it leaves as it is."""
    read = read_prompt(messages)
    if not read.passages:
        return Reply(text=last_question(messages))
    pairs = [(t, s) for t, statements in read.passages.items() for s in statements]
    known = [(t, _other_words()[s]) for t, s in pairs if s in _other_words()]
    return Reply(text=_lines(known[:3] or pairs[:2]))


@lru_cache(maxsize=1)
def _other_words() -> dict[str, str]:
    files = sorted(PARAPHRASES.glob("paraphrases*.jsonl"))
    records = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return {r["statements"][0]: r["paraphrase"] for r in records if len(r["statements"]) == 1}


def inventing(messages: Sequence[dict[str, Any]]) -> Reply:
    """Puts a number of its own into every statement, and adds a statement of its own."""
    lead = [(t, _NUMBER.sub("987", s)) for t, s in read_prompt(messages).lead]
    return Reply(text=_lines([*lead, ("P1", "定員は987人で、倍率は0.7倍です。")]))


def swapping_bounds(messages: Sequence[dict[str, Any]]) -> Reply:
    """Says 以上 for 未満 and the like."""
    turned = str.maketrans({"\0": "以"})
    lead = [
        (
            t,
            s.replace("以上", "\0下")
            .replace("未満", "以上")
            .replace("まで", "から")
            .translate(turned)
            .replace("under", "over"),
        )
        for t, s in read_prompt(messages).lead
    ]
    return Reply(text=_lines(lead))


def taking_another_number(messages: Sequence[dict[str, Any]]) -> Reply:
    """Says, for the first number of a statement, another one of the same passage."""
    read, said = read_prompt(messages), []
    for token, statement in read.lead:
        own = _NUMBER.findall(statement)
        others = [n for s in read.passages[token] for n in _NUMBER.findall(s) if own and n != own[-1]]
        said.append((token, statement.replace(own[-1], others[-1]) if own and others else statement))
    return Reply(text=_lines(said))


def citing_wrongly(messages: Sequence[dict[str, Any]]) -> Reply:
    """Names the last passage for what the first one says, and one that does not exist."""
    read = read_prompt(messages)
    last = list(read.passages)[-1]
    return Reply(text=_lines([(last, s) for _, s in read.lead] + [("P99", s) for _, s in read.lead]))


def citing_nothing(messages: Sequence[dict[str, Any]]) -> Reply:
    """Leaves the tokens out."""
    return Reply(text="".join(f"{s}\n" for _, s in read_prompt(messages).lead))


def mixing_years(messages: Sequence[dict[str, Any]]) -> Reply:
    """Moves every year by one."""
    shifted = [(t, re.sub(r"20(\d\d)", lambda m: str(int(m[0]) + 1), s)) for t, s in read_prompt(messages).lead]
    shifted = [(t, re.sub(r"令和(\d+)", lambda m: f"令和{int(m[1]) + 1}", s)) for t, s in shifted]
    return Reply(text=_lines(shifted))


def translating(messages: Sequence[dict[str, Any]]) -> Reply:
    """Answers in another language than it was asked in."""
    japanese = "質問" in str(messages[-1]["content"])
    text = "The selection is open to applicants under 61." if japanese else "対象は61歳未満です。"
    return Reply(text=f"[P1] {text}\n")


def obedient(messages: Sequence[dict[str, Any]]) -> Reply:
    """Does whatever any line of the material tells it to, under every token it can find, and then quotes all of it."""
    read = read_prompt(messages)
    said: list[tuple[str, str]] = []
    for statement in (s for statements in read.passages.values() for s in statements):
        for order in re.findall(r"[「\"]([^」\"]+)[」\"]", statement):
            said += [(token, order) for token in read.passages]
    planted = [(t, s) for t, statements in reversed(read.passages.items()) for s in statements]
    return Reply(text=_lines([*said, *((t, s) for s in [p[1] for p in planted] for t in read.passages)][:80]))


def failing(**fault: Any) -> Behaviour:
    """A model with a fault of its line: a status, a delay, a cut, garbage."""

    def reply(messages: Sequence[dict[str, Any]]) -> Reply:
        return Reply(**{"text": _lines(read_prompt(messages).lead), **fault})

    return reply


NAMED: dict[str, Behaviour] = {
    "truthful": truthful,
    "paraphrasing": paraphrasing,
    "inventing": inventing,
    "obedient": obedient,
    "failing": failing(status=500),
    "endless": failing(endless=True, pause=0.02),
}


def main() -> None:
    """Serve one until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m bench.chat_models", description="台本どおりのモデルを動かす")
    parser.add_argument("name", choices=NAMED, help="どのモデルか")
    parser.add_argument("--delay", type=float, default=0.0, help="最初の文字までの秒数")
    parser.add_argument("--pause", type=float, default=0.0, help="9文字ごとの間の秒数")
    options = parser.parse_args()

    def behave(messages: Sequence[dict[str, Any]]) -> Reply:
        reply = NAMED[options.name](messages)
        return replace(reply, delay=options.delay, pause=options.pause or reply.pause)

    with serving(behave) as server, suppress(KeyboardInterrupt):
        print(f"ICTNAVI_CHAT_MODEL=openai:m ICTNAVI_CHAT_BASE_URL={server.url}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
