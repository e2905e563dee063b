"""The corpus folder -> sources, documents, glossary, replies; and its checker. The format: docs/corpus.md.

`load_corpus(folder)` for a corpus that must be right, `check(folder, today=…)` for everything wrong with one.
"""

from rag.corpus.check import CheckReport, Coverage, Problem, check, check_files
from rag.corpus.glossary import Glossary, NeverMerge, SynonymGroup, read_glossary
from rag.corpus.load import Corpus, Reading, load_corpus, read_corpus, read_folder
from rag.corpus.replies import AbstentionReply, ContactEntry, Gap, Replies, Route, Suggestion, read_replies
from rag.corpus.sources import SourceList, read_sources
from rag.corpus.tables import Text

__all__ = [
    "AbstentionReply",
    "CheckReport",
    "ContactEntry",
    "Corpus",
    "Coverage",
    "Gap",
    "Glossary",
    "NeverMerge",
    "Problem",
    "Reading",
    "Replies",
    "Route",
    "SourceList",
    "Suggestion",
    "SynonymGroup",
    "Text",
    "check",
    "check_files",
    "load_corpus",
    "read_corpus",
    "read_folder",
    "read_glossary",
    "read_replies",
    "read_sources",
]
