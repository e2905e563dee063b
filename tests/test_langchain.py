"""The finished parts as LangChain's own: a retriever and a runnable that others can compose."""

from __future__ import annotations

from langchain_core.runnables import RunnableLambda
from running import TODAY

from rag.bot import Bot
from rag.langchain import PassageRetriever, make_runnable


def test_the_retriever_gives_passages_best_first(small_bot: Bot) -> None:
    retriever = PassageRetriever(index=small_bot._served.index, limit=3)
    found = retriever.invoke("技の地図とは何ですか")
    assert 1 <= len(found) <= 3
    assert "20項目" in found[0].page_content
    passage = small_bot.passage(found[0].metadata["passage_id"])
    assert passage is not None
    assert (found[0].id, found[0].page_content) == (passage.id, passage.text)
    assert [d.metadata["score"] for d in found] == sorted((d.metadata["score"] for d in found), reverse=True)


def test_the_bot_is_a_step_of_a_chain(small_bot: Bot) -> None:
    chain = make_runnable(small_bot, lambda: TODAY) | RunnableLambda(lambda answer: answer["sentences"][0]["text"])
    assert "20項目" in chain.invoke({"question": "技の地図とは何ですか"})


def test_the_chain_gives_what_the_bot_gives_history_included(small_bot: Bot) -> None:
    question, history = "2023年度はどうでしたか", ["情報専門員は何歳まで受けられますか"]
    given = make_runnable(small_bot, lambda: TODAY).invoke({"question": question, "history": history})
    asked = small_bot.ask(question, history, today=TODAY).to_json()
    assert given | {"elapsed_ms": 0} == asked | {"elapsed_ms": 0}
