"""What stands in the page, in a real Chromium: quotes, sources, abstentions, what is copied and printed."""

from __future__ import annotations

import pytest
from browser_visit import Visit
from playwright.sync_api import expect
from scripted_bot import AGE, COLUMN, FAQ, GRADE, ROTATION

pytestmark = pytest.mark.browser


def test_first_question_leads_to_the_marked_quote(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    page = visit.page
    page.locator("#chat .ref > a.cite", has_text="[2]").click()
    source = page.locator("#src-1-2")
    expect(source).to_be_in_viewport()
    expect(source).to_be_focused()
    expect(source.locator("mark")).to_have_text(GRADE.quote(GRADE.sentences[0]))
    expect(source.locator("blockquote")).to_have_text(GRADE.text)
    for label in ("規則", "公式", "要約", "東京都人事委員会"):
        expect(source).to_contain_text(label)


def test_sources_stand_beside_the_chat_on_a_wide_screen(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    chat, side = visit.page.locator("#chat").bounding_box(), visit.page.locator("#side").bounding_box()
    assert chat
    assert side
    assert side["x"] >= chat["x"] + chat["width"]
    expect(visit.page.locator("#src-1-1")).to_be_in_viewport()


def test_quote_shows_on_hover_and_on_focus_and_escape_puts_it_away(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    page = visit.page
    mark, pop = page.locator("#cite-1-1-1"), page.locator("#pop-1-1-1")
    expect(pop).to_be_hidden()
    mark.hover()
    expect(pop).to_be_visible()
    expect(pop).to_contain_text(AGE.quote(AGE.sentences[0]))
    page.mouse.move(5, 5)
    expect(pop).to_be_hidden()
    page.locator("#tool-copy").focus()
    visit.press_until("Shift+Tab", "e.id === 'cite-1-1-1'")
    expect(pop).to_be_visible()
    assert mark.get_attribute("aria-describedby") == "pop-1-1-1"
    page.keyboard.press("Escape")
    expect(pop).to_be_hidden()


def test_abstention_shows_whom_to_ask_and_what_can_be_asked(visit: Visit) -> None:
    visit.ask("残業時間は平均何時間ですか")
    answer = visit.page.locator("#chat .answer.abstained")
    expect(answer).to_contain_text("見当たりません")
    expect(answer.locator(f'a[href="{FAQ.url}"]')).to_have_attribute("target", "_blank")
    expect(answer.locator(".related a")).to_have_attribute("href", COLUMN.url)
    expect(visit.page.locator("#side")).to_have_count(0)
    expect(visit.page.locator("#follow-head")).to_have_text("こう尋ねると、お答えできます")
    other_way = visit.page.locator("#follow-0")
    expect(other_way).to_have_text(str(AGE.question))
    other_way.click()
    expect(visit.page.locator("#chat .answer.answered")).to_have_count(1)


def test_earlier_sources_fold_and_open_when_their_number_is_chosen(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.ask("ジョブローテーションはどうでしたか")
    page = visit.page
    expect(page.locator("#src-1-1")).to_be_hidden()
    page.locator("#cite-1-1-1").click()
    expect(page.locator("#src-1-1")).to_be_in_viewport()
    expect(page.locator("#src-2-2 mark")).to_have_text(ROTATION.quote(ROTATION.sentences[1]))


def test_sources_open_as_a_sheet_on_a_phone_and_give_the_focus_back(phone: Visit) -> None:
    phone.ask("何歳まで受けられますか")
    page = phone.page
    page.locator("#cite-1-1-1").click()
    expect(page.locator("#src-1-1")).to_be_in_viewport()
    expect(page.locator("#src-1-1 mark")).to_be_in_viewport()
    page.keyboard.press("Escape")
    assert phone.focused("id") == "cite-1-1-1"
    page.locator("#cite-1-2-2").click()
    page.locator("#close-sources").click()
    assert phone.focused("id") == "cite-1-2-2"
    expect(page.locator("#close-sources")).to_be_hidden()


def test_copying_takes_the_sources_and_their_labels_along(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.page.locator("#tool-copy").click()
    copied = visit.copied()
    for part in (
        "61歳未満です。[1]",
        "令和6年度募集",
        "[2] 転職希望者向けページ",
        "第三者",
        "https://example.org/pc/career/",
    ):
        assert part in copied
    assert copied.count("何歳まで受けられますか") == 1


def test_printing_shows_the_sources_and_hides_the_furniture(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.page.emulate_media(media="print")
    expect(visit.page.locator("#src-1-3")).to_be_visible()
    expect(visit.page.locator("#composer")).to_be_hidden()
    expect(visit.page.locator("#starters")).to_be_hidden()


@pytest.mark.parametrize(
    "question",
    [
        "<img src=x onerror=alert(1)> **「太字」** [x](javascript:alert(1))",
        "![a](https://evil.example/x.png)",
        "<script>alert(1)</script>",
        "$$x^2$$ `code` https://evil.example/",
    ],
)
def test_hostile_question_is_shown_as_typed(visit: Visit, question: str) -> None:
    visit.ask(question)
    asked = visit.page.locator("#chat .asked-text")
    expect(asked).to_have_text(question)
    assert asked.locator("img, a, strong, script, code, .katex").count() == 0


def test_answer_says_its_date_who_wrote_and_runs_it_and_where_the_official_word_is(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    facts = visit.page.locator("#chat .footing")
    replies = visit.site.bot.replies
    for part in ("令和6年度", "AIの自動応答", replies.operator.ja):
        expect(facts).to_contain_text(part)
    expect(facts.locator("a")).to_have_attribute("href", replies.contact("general", "ja").url)
    expect(visit.page.locator("#chat .notice .tag").first).to_have_text("第三者の情報")


def test_link_to_an_original_lands_on_the_quoted_words(visit: Visit) -> None:
    visit.ask("ジョブローテーションはどうでしたか")
    link = visit.page.locator("#src-1-1 a.out")
    assert ":~:text=" in str(link.get_attribute("href"))
    expect(visit.page.locator("#src-1-1 .tag.original")).to_have_text("原文")


def test_words_copied_by_hand_take_their_sources_along(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.page.evaluate("getSelection().selectAllChildren(document.querySelector('#chat .sentence'))")
    visit.page.keyboard.press("Control+c")
    copied = visit.copied()
    assert AGE.quote(AGE.sentences[0]) in copied
    for part in ("[1] ", COLUMN.title, "規則", "公式", "要約", COLUMN.url):
        assert part in copied
    assert "[2] " not in copied
