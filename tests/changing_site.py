"""A web site of 60 pages and a small corpus about it; and what happens to the pages between two refreshes.

In: a folder and a port. Out: the corpus written into it, the pages by path, and for each changed page the outcome a
report must name. Even pages may only be digested; the text of odd ones may be shown. Nothing here exists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_site import Web
from small_corpus import SHIPPED

PAGES = 60
HOSTS = ("a.example", "b.example", "c.example", "d.example")
UTF8 = {"Content-Type": "text/html; charset=utf-8"}


def path_of(number: int) -> str:
    return f"/kubun/{number:02}/"


def source_of(number: int) -> str:
    return f"kubun-{number:02}"


def may_show(number: int) -> bool:
    return number % 2 == 1


def unique(number: int) -> str:
    """Words that stand on this page alone."""
    return f"目印{number:02}番の灯台"


def write_page(number: int, *, people: int | None = None, paragraphs: int = 6) -> str:
    """A page of some 700 characters; `people` is the figure that our sheets repeat."""
    people = 10 + number if people is None else people
    body = "".join(
        f"<h2>{n}番目の仕事</h2><p>第{number}区分の職員は、{n}番目の仕事として港の書類を画面の手続きに移します。"
        f"住民の声を聞き、小さな試作品を作り、使いにくい所を直して、また見てもらいます。</p>"
        for n in range(1, paragraphs + 1)
    )
    return (
        f"<!DOCTYPE html><html lang='ja'><head><meta charset='utf-8'><title>第{number}区分</title></head><body>"
        f"<nav>目次</nav><main><h1>第{number}区分の案内</h1><p>更新日:2026年11月1日</p>"
        f"<p>第{number}区分の採用予定は{people}人です。{unique(number)}のそばで働きます。</p>{body}</main></body></html>"
    )


def make_pages() -> dict[str, Web]:
    """All pages as they are at the first refresh."""
    pages = {
        "/robots.txt": Web(body=b"", headers={"Content-Type": "text/plain"}),
        "/": page_of("<h1>入口</h1><p>ようこそ。</p>" * 9),
    }
    for number in range(PAGES):
        pages[path_of(number)] = page_of(write_page(number), ETag=f'"{number}-1"')
    return pages


def page_of(text: str, **headers: str) -> Web:
    return Web(body=text.encode(), headers={**UTF8, **headers})


def write_site_corpus(folder: Path, url: Callable[[str, str], str]) -> Path:
    """Sources and one sheet a page, in our own words."""
    (folder / "policies").mkdir(parents=True)
    for name in ("glossary.toml", "replies.toml"):
        (folder / name).write_bytes((SHIPPED / name).read_bytes())
    sources = []
    for number in range(PAGES):
        host = HOSTS[number % len(HOSTS)]
        rights = "text" if may_show(number) else "digest"
        sources.append(
            f'[[source]]\nid = "{source_of(number)}"\ntitle = "第{number}区分の案内"\n'
            f'url = "{url(path_of(number), host)}"\n'
            f'publisher = "なぎさ県"\nkind = "rule"\nstanding = "official"\nfiscal_year = 2026\nrights = "{rights}"\n'
        )
        (folder / "policies" / f"{source_of(number)}.md").write_text(
            f"---\nid: sheet-{number:02}\ntitle: 第{number}区分\nlang: ja\n---\n\n"
            f"## 第{number}区分の採用予定は何人ですか\n\n"
            f"第{number}区分では、採用予定が{10 + number}人とされています。[^{source_of(number)}]\n",
            "utf-8",
        )
    (folder / "sources.toml").write_text("\n".join(sources), "utf-8")
    return folder


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to the page of one number, and what the report must call it."""

    number: int
    page: Web
    outcome: str


NOT_FOUND = (
    "<html><head><title>ページが見つかりません</title></head><body><main><p>お探しのページは見つかりませんでした。"
    "入口からお探しください。</p></main></body></html>"
)


def list_changes() -> list[Change]:
    """43 of the 60 pages, by number; the others stay as they are."""

    def redirect(status: int, place: str) -> Web:
        return Web(status=status, headers={"Location": place})

    made: list[tuple[range, Callable[[int], Web], str]] = [
        (range(10), lambda n: page_of(write_page(n, people=90 + n), ETag=f'"{n}-2"'), "changed"),
        (range(10, 15), lambda n: redirect(301, f"/shin{path_of(n)}"), "moved"),
        (range(15, 18), lambda n: Web(status=404, body=b"gone"), "gone"),
        (range(18, 20), lambda n: Web(status=410, body=b"gone"), "gone"),
        (range(20, 23), lambda n: page_of(NOT_FOUND), "soft_404"),
        (range(23, 25), lambda n: redirect(302, "/"), "soft_404"),
        (range(25, 27), lambda n: redirect(302, f"/loop{path_of(n)}"), "redirects"),
        (range(27, 29), lambda n: Web(body=write_page(n).encode(), headers=UTF8, drip=0.02), "too_slow"),
        (range(29, 31), lambda n: Web(body=b"<p>" + b"x" * (11 << 20), headers=UTF8), "too_large"),
        (range(31, 33), lambda n: _wrongly_declared(n, "cp932", "utf-8"), "changed"),
        (range(33, 35), lambda n: _wrongly_declared(n, "euc_jp", "iso-8859-1"), "changed"),
        (range(35, 37), lambda n: _wrongly_declared(n, "utf-8", "shift_jis"), "changed"),
        (range(37, 39), lambda n: page_of(write_page(n)[:620], ETag=f'"{n}-2"'), "cut"),
        (range(39, 41), lambda n: Web(body=write_page(n).encode(), headers=UTF8, cut=500), "unreachable"),
        (range(41, 43), lambda n: page_of(""), "empty"),
        (range(43, 45), lambda n: page_of("<html><body><nav>目次</nav></body></html>"), "unreadable"),
        (range(45, 47), lambda n: Web(status=503, body=b"busy"), "unreachable"),
        (range(47, 49), lambda n: page_of(write_page(n, paragraphs=1), ETag=f'"{n}-2"'), "shorter"),
        (range(49, 51), lambda n: Web(body=b"\x89PNG\r\n\x1a\n" + bytes(400), headers=UTF8), "unreadable"),
    ]  # fmt: skip
    return [Change(number=n, page=make(n), outcome=outcome) for numbers, make, outcome in made for n in numbers]


def _wrongly_declared(number: int, real: str, said: str) -> Web:
    text = write_page(number, people=90 + number).replace("<meta charset='utf-8'>", "")
    return Web(body=text.encode(real), headers={"Content-Type": f"text/html; charset={said}"})


def apply(pages: dict[str, Web], changes: list[Change]) -> None:
    """Change the site; what pages moved to, and the other half of each loop, appear too."""
    for change in changes:
        pages[path_of(change.number)] = change.page
        if change.outcome == "moved":
            pages[f"/shin{path_of(change.number)}"] = page_of(write_page(change.number, people=90 + change.number))
        if change.outcome == "redirects":
            pages[f"/loop{path_of(change.number)}"] = Web(status=302, headers={"Location": path_of(change.number)})
