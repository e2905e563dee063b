"""The finished parts offered back as LangChain's own, so that others can compose them.

`PassageRetriever` is a `BaseRetriever` over a release: documents whose `page_content` is a passage and whose metadata
says where it stands. `make_runnable` is the whole bot as a `Runnable`: {"question", "history"} -> the answer's JSON
(DESIGN §8). Neither adds anything to what `retrieve` and `Bot.ask` do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda

from rag.bot import Bot
from rag.index import Index
from rag.query import Weights, analyse
from rag.retrieve import retrieve


class PassageRetriever(BaseRetriever):
    """The product's retrieval as a LangChain retriever; `limit` documents, best first."""

    index: Any  # rag.index.Index, which pydantic cannot validate
    limit: int = 5

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        weights = Weights()
        opened: Index = self.index
        hits = retrieve(analyse(query, opened, weights), opened, weights, limit=self.limit)
        return [
            Document(
                id=hit.passage.id,
                page_content=hit.passage.text,
                metadata={
                    "passage_id": hit.passage.id,
                    "title": hit.passage.title,
                    "question": hit.passage.question,
                    "score": hit.score,
                },
            )
            for hit in hits
        ]


def make_runnable(bot: Bot, today: Callable[[], date]) -> Runnable[Mapping[str, Any], dict[str, Any]]:
    """The bot as one step of a chain."""

    def ask(request: Mapping[str, Any]) -> dict[str, Any]:
        return bot.ask(request["question"], request.get("history", ()), today=today()).to_json()

    return RunnableLambda(ask)
