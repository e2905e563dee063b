"""Answers, releases and reports on a terminal: rich renderables made of the library's records. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rag.corpus import Coverage
from rag.releases import ReleaseInfo
from rag.types import Answer
from ui.staff.words import say

if TYPE_CHECKING:
    from rag.differences import PassageChange, Preview
    from rag.refresh import RefreshReport  # with httpx half a second, which answering need not wait for
    from rag.takeover import Takeover

OUTCOMES = {
    "new": "初めて読んだ",
    "same": "変わりなし",
    "changed": "変わった",
    "moved": "移った",
    "gone": "なくなった",
    "empty": "空",
    "soft_404": "見つからない",
    "shorter": "急に短い",
    "cut": "途中で切れた",
    "unreadable": "読めない",
    "refused": "接続しない",
    "unreachable": "つながらない",
    "too_large": "大きすぎる",
    "too_slow": "遅すぎる",
    "redirects": "転送が続く",
    "robots": "サイトが断る",
}


def print_answer(console: Console, answer: Answer) -> None:
    """Sentences with their numbers and labels, the sources below; or why there is no answer, and whom to ask."""
    if answer.abstained:
        contact = answer.abstained.contact
        lines = [Text(answer.abstained.message), Text(f"→ {contact.name}\n  {contact.url}", style="cyan")]
        lines += [Text(f"・{r.question}({r.title})", style="dim") for r in answer.related]
        console.print(Panel(Group(*lines), title=answer.abstained.reason.value, title_align="left"))
        return
    for sentence in answer.sentences:
        numbers = "".join(f"[{c.number}]" for c in sentence.citations)
        label = f"  ({sentence.label})" if sentence.label else ""
        console.print(Text.assemble(sentence.text, (numbers, "bold cyan"), (label, "dim")))
    for notice in answer.notices:
        console.print(Text(f"※ {notice.message}", style="yellow"))
    console.print()
    for sentence in answer.sentences:
        for citation in sentence.citations:
            console.print(
                Text(f"[{citation.number}] {citation.source.title} — {citation.source.publisher}", style="cyan")
            )
            console.print(Text(f"    {citation.source.url}", style="dim"))


def print_releases(console: Console, releases: Iterable[ReleaseInfo]) -> None:
    """One row a release, newest first; the served one is marked."""
    table = Table("", "id", "作成", "文書", "文章", "MiB", "状態", box=None)
    for info in releases:
        state = "公開中" if info.current else "公開済み" if info.published else "候補"
        table.add_row(
            "●" if info.current else "",
            info.id,
            f"{info.created:%Y-%m-%d %H:%M} UTC",
            str(info.counts.get("documents", "")),
            str(info.counts.get("passages", "")),
            f"{info.size / 2**20:.1f}",
            escape(info.problem or state),
        )
    console.print(table)


def print_coverage(console: Console, coverage: Coverage) -> None:
    """How much the corpus holds."""
    counts = Table("言語", "資料", "節", "文", title="資料の数", box=None, title_justify="left")
    for language, sheets in sorted(coverage.sheets.items()):
        counts.add_row(language, str(sheets), str(coverage.sections[language]), str(coverage.statements[language]))
    sources = Table("種類", "区分", "出典", title="出典の数", box=None, title_justify="left")
    for (kind, standing), number in sorted(coverage.sources.items()):
        sources.add_row(kind, standing, str(number))
    chapters = Table("章", "文", title="章ごとの文の数", box=None, title_justify="left")
    for chapter, number in sorted(coverage.statements_of_chapter.items(), key=lambda item: item[0] or 0):
        chapters.add_row(str(chapter or "-"), str(number))
    console.print(counts, sources, chapters, sep="\n\n")
    console.print(
        f"\n年度も日付もない規則の出典: {len(coverage.rules_without_year)}件 {', '.join(coverage.rules_without_year)}"
    )


def print_refresh(console: Console, report: RefreshReport) -> None:
    """How many pages ended in which way, each page that is not as it was, each flag, and what to do next."""
    counts = Table("結果", "件", title="ページ", box=None, title_justify="left")
    for outcome, number in report.counts.items():
        counts.add_row(OUTCOMES[outcome], str(number))
    console.print(counts)
    pages = Table("出典", "結果", "くわしく", box=None)
    for page in (p for p in report.pages if p.outcome not in ("new", "same")):
        kept = "" if page.good else "(前の文章を残しました)"
        known = "(前回と同じ)" if page.again and not page.good else ""
        pages.add_row(page.source_id, OUTCOMES[page.outcome] + known, escape(page.detail + kept))
    if pages.row_count:
        console.print(pages)
    for flag in report.flags:
        new = "新しい" if flag in report.new_flags else "前からの"
        console.print(
            Text(f"出典に見当たらない({new}): {'・'.join(flag.missing)} ← {flag.document_id}「{flag.statement}」"
                 f"(出典 {flag.source_id})", style="yellow"), soft_wrap=True
        )  # fmt: skip
    if report.problem:
        console.print(Text(f"候補を作れませんでした: {report.problem}", style="red"), soft_wrap=True)
    elif report.candidate:
        console.print(
            f"候補を作りました: {report.candidate}\n違いを見るには: ictnavi corpus diff\n"
            f"公開するには: ictnavi release publish {report.candidate}",
            highlight=False,
        )
    else:
        console.print("資料に変わりはないので、候補は作りませんでした。")


MOST_TAKEN = 5  # questions shown of a document that would take the place of answers
MARKS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}
STYLES = {"same": "", "added": "green", "removed": "red strike"}


def print_preview(console: Console, preview: Preview) -> None:
    """Documents with their passages; what was rewritten shows 〔old→new〕 word by word."""
    for document in preview.documents:
        mark, colour = MARKS[document.change]
        console.print(Text(f"{mark} {document.document_id}({document.title})", style=f"bold {colour}"), soft_wrap=True)
        for passage in document.passages:
            _print_passage(console, passage)
    for source in preview.sources:
        mark, colour = MARKS[source.change]
        said = " ・ ".join(f"{name} {was or 'なし'} → {now or 'なし'}" for name, was, now in source.fields)
        console.print(Text(f"{mark} 出典 {source.source_id}({source.title}) {said}", style=colour), soft_wrap=True)
    for flag in preview.flags:
        line = f"! 出典に見当たらない: {'・'.join(flag.missing)} ← {flag.document_id}「{flag.statement}」"
        console.print(Text(line, style="yellow"), soft_wrap=True)
    counts = preview.counts
    console.print(f"追加 {counts['added']} ・ 削除 {counts['removed']} ・ 変更 {counts['changed']}")


def print_takeovers(console: Console, takeovers: Sequence[Takeover] | None) -> None:
    """The documents that would take the place of answers, each with some of the questions."""
    for warning, *questions in tell_takeovers(takeovers):
        console.print(Text(f"! {warning}", style="bold red"), soft_wrap=True)
        for question in questions:
            console.print(Text(f"    {question}", style="red"), soft_wrap=True)


def tell_takeovers(takeovers: Sequence[Takeover] | None) -> list[list[str]]:
    """For each document a sentence of warning and some of the questions; where nothing could be checked, that."""
    if takeovers is None:
        return [[say("material.not_checked")]]
    return [_tell_takeover(takeover) for takeover in takeovers]


def _tell_takeover(takeover: Takeover) -> list[str]:
    taken, shown = takeover.taken, takeover.taken[:MOST_TAKEN]
    rest = [say("material.more_taken", count=len(taken) - len(shown))] if len(taken) > len(shown) else []
    return [
        say("material.takeover", title=takeover.title, asked=takeover.asked, taken=len(taken)),
        *(say("material.taken", question=t.question, title=t.answered_by.title) for t in shown),
        *rest,
    ]


def _print_passage(console: Console, passage: PassageChange) -> None:
    mark, colour = MARKS[passage.change]
    line = Text(f"  {mark} {passage.heading}: ", style=colour)
    for piece in passage.pieces:
        words = {"added": f"〔＋{piece.text}〕", "removed": f"〔−{piece.text}〕"}.get(piece.kind, piece.text)
        line.append(words if passage.change == "changed" else piece.text, style=STYLES[piece.kind])
    console.print(line, soft_wrap=True)
    if passage.change == "changed" and (passage.values_lost or passage.values_won):
        lost, won = "・".join(passage.values_lost) or "なし", "・".join(passage.values_won) or "なし"
        console.print(Text(f"      年・数: {lost} → {won}", style="bold yellow"), soft_wrap=True)
