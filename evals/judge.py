"""An optional reader of facts: any LangChain chat model behind the same seam as the comparison of values.

In: a case and an answer. Out: a `FactReading`, or None where the model's reply was not exactly the JSON asked for;
such replies are counted in a run's figures (`unparseable`) and score as nothing said. Never the default. A model's
judgement is no proof: quotes and numbers are checked without it in any case.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from evals.cases import Case
from evals.checks import FactReading, Json, words_of
from rag.types import OutsideError, SettingError

PROMPT = Path(__file__).resolve().parent / "templates" / "judge.txt"


class ModelReader:
    """Asks a chat model which facts an answer says."""

    def __init__(self, model: BaseChatModel, prompt: str | None = None) -> None:
        self._model, self._prompt = model, prompt or PROMPT.read_text("utf-8")

    def read(self, case: Case, answer: Json) -> FactReading | None:
        """What the model says the answer says; None where its reply could not be parsed.

        Raises:
            OutsideError: the model's provider failed.
        """
        shown = [words_of(sentence) for sentence in answer["sentences"]]
        material = {
            "question": case.question,
            "sentences": shown or ([answer["abstained"]["message"]] if answer["abstained"] else []),
            "facts": [list(wordings) for wordings in case.facts],
            "forbidden": list(case.forbidden),
        }
        try:
            reply = self._model.invoke(self._prompt + "\n" + json.dumps(material, ensure_ascii=False))
        except Exception as error:
            raise OutsideError(
                f"採点のモデルが答えません({type(error).__name__})。接続とキーを確かめてください。"
            ) from error
        return parse_reply(str(reply.text), case, len(shown))


def parse_reply(reply: str, case: Case, sentences: int) -> FactReading | None:
    """Exactly one JSON object: `facts` has for each fact the numbers (from 1) of the sentences that say it,
    `forbidden` a true or false for each. Anything else gives None."""
    try:
        values: Any = json.loads(reply)
    except ValueError:
        return None
    if not isinstance(values, dict) or set(values) != {"facts", "forbidden"}:
        return None
    facts, forbidden = values["facts"], values["forbidden"]
    if not (_is_list_of(facts, len(case.facts)) and _is_list_of(forbidden, len(case.forbidden))):
        return None
    if not all(isinstance(told, bool) for told in forbidden) or not all(_are_places(f, sentences) for f in facts):
        return None
    return FactReading(said_in=tuple(frozenset(p - 1 for p in places) for places in facts), forbidden=tuple(forbidden))


def _is_list_of(value: object, size: int) -> bool:
    return isinstance(value, list) and len(value) == size


def _are_places(value: object, sentences: int) -> bool:
    return isinstance(value, list) and all(type(place) is int and 1 <= place <= sentences for place in value)


def open_judge(name: str) -> ModelReader:
    """The model that `provider:name` names.

    Raises:
        SettingError: no such provider, or its package or key is missing.
    """
    from langchain.chat_models import init_chat_model  # noqa: PLC0415 - a second of imports only a judge needs

    try:
        return ModelReader(init_chat_model(name, temperature=0))
    except Exception as error:
        raise SettingError(
            f"--judge {name} は使えません({type(error).__name__}: {error})。「provider:name」の形で書いてください。"
        ) from error
