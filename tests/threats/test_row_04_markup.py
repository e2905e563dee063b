"""Row 4: hostile texts in questions, titles, file names and sources never become markup, a link or a request.

The fast form reads the HTML; the long one asks in a real Chromium and counts dialogs and requests to elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import lxml.html
import pytest
from hostile_bot import LINK, HostileBot, make_hostile_answer
from hostile_markup import list_hostile
from running import TODAY

from ui.panel import Turn, render_panel
from ui.render import Service, render_answer, render_draft, render_question
from ui.server import create_app
from ui.texts import read_words

HOSTILE = list_hostile()
OURS = frozenset(["div", "p", "span", "a", "sup", "strong", "ul", "li", "dl", "dt", "dd", "section", "details", "summary", "blockquote", "mark", "wbr", "br", "cite", "article", "h2", "h3", "h4", "time", "footer", "header", "figure", "figcaption", "bdi", "q", "small", "em", "ol", "button"])  # fmt: skip
ATTRIBUTES = frozenset(["class", "id", "lang", "href", "target", "rel", "role", "tabindex", "aria-label", "aria-describedby", "aria-hidden", "hidden", "open", "title", "dir", "data-n", "type"])  # fmt: skip
BATCH = 12


def find_faults(markup: str) -> Iterator[str]:
    """Elements, attributes and links that are none of ours."""
    for element in lxml.html.fragment_fromstring(markup, create_parent="div").iter():
        if not isinstance(element.tag, str) or element.tag not in OURS:
            yield f"element {element.tag}"
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES:
                yield f"attribute {name}={value}"
            if name == "href" and not (value.startswith("#") or value.partition("#")[0] == LINK):
                yield f"link {value}"


def render_all(texts: list[str]) -> str:
    answer = make_hostile_answer(texts, texts[0])
    words = read_words("ja")
    turn = Turn(number=1, question=texts[0], answer=answer)
    return "".join(
        (
            *(render_question(text, "ja", words) for text in texts),
            render_draft(answer.sentences, words),
            render_answer(answer, 1, words, Service(operator=texts[0])),
            render_panel([turn, turn], {"ja": words, "en": words}),
        )
    )


def test_there_are_as_many_texts_as_the_table_asks() -> None:
    assert len(set(HOSTILE)) >= 755


def test_no_hostile_text_becomes_markup(record_row: Callable[..., None]) -> None:
    few = HOSTILE[::4]
    faults = [fault for n in range(0, len(few), BATCH) for fault in find_faults(render_all(few[n : n + BATCH]))]
    record_row(
        4,
        bar="要素・属性・外へのリンク 0",
        measured=str(len(faults)),
        scale=f"{len(few)}文 × 質問・題・資料(HTMLを読む)",
    )
    assert faults == []


@pytest.mark.full
def test_no_hostile_text_of_all_becomes_markup() -> None:
    assert [f for n in range(0, len(HOSTILE), BATCH) for f in find_faults(render_all(HOSTILE[n : n + BATCH]))] == []


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_in_a_browser_nothing_runs_and_nothing_is_asked_of_others(record_row: Callable[..., None]) -> None:
    from browser_visit import ARGUMENTS, Site, find_chromium, keep_account, serving
    from playwright.sync_api import expect, sync_playwright

    found = find_chromium()
    if found is None:
        pytest.skip("Chromium がありません")
    expect.set_options(timeout=60_000)
    bot = HostileBot(HOSTILE, BATCH)
    dialogs, outside, markup = [], set(), []
    with serving(create_app(bot, today=lambda: TODAY)) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        page = browser.new_context(locale="ja-JP").new_page()
        visit = keep_account(page, Site(url=f"{origin}/", bot=bot, feedback=None))
        page.goto(f"{origin}/")
        for number, texts in enumerate(bot.batches):
            typed = f"{number} " + "\n".join(texts)
            for question in (typed[:900], f"{number} ?"):
                before = page.locator("#chat .answer").count()
                page.locator("#ask textarea").fill(question)
                page.locator("#send").click()
                expect(page.locator("#chat .answer")).to_have_count(before + 1)
                visit.settle()
            if number % 3 == 2:  # a fresh conversation: a long one grows slow
                markup += page.evaluate(FOREIGN)
                page.goto(f"{origin}/")
        markup += page.evaluate(FOREIGN)
        dialogs = [e for e in visit.errors if e.startswith("dialog")]
        outside = {u for u in visit.requests if not u.startswith((origin, "data:", "blob:"))}
        browser.close()
    record_row(
        4,
        bar="ダイアログ 0、外への要求 0",
        measured=f"{len(dialogs)}、{len(outside)}(見知らぬ要素 {len(markup)})",
        scale=f"{len(HOSTILE)}文 × 質問・題・発行者・話し手・資料の文・断りの文、Chromium。目標は755",
    )
    assert (dialogs, outside, markup) == ([], set(), [])


FOREIGN = """() => {
  const made = '.answer, .asked, #side';
  const elements = [...document.querySelectorAll(made)].flatMap(e => [...e.querySelectorAll(
    'img, script, iframe, form, object, embed, style, svg, video, audio, input, meta, base, [onclick], [onerror]')]);
  const links = [...document.querySelectorAll('#chat a, #side a')].filter(a =>
    !/^https?:$/.test(new URL(a.href, location.href).protocol)
    || new URL(a.href, location.href).hostname.endsWith('evil.example'));
  return [...elements, ...links].map(e => e.outerHTML.slice(0, 200));
}"""
