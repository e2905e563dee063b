"""An invented corpus of a few sheets, which builds in a second, with the shipped glossary and replies.

In: a folder. Out: the corpus written into it. The place, the people and the figures do not exist; the digest is of the
interview in tests/data, so that adding the original makes it step back.
"""

from __future__ import annotations

import shutil
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "corpus"
TALK_URL = "https://example.org/interview/umikaze/"
TALK_TITLE = "情報専門員という働き方"

SOURCES = f"""
[[source]]
id = "guide"
title = "情報専門員の選考案内"
url = "https://example.org/guide/"
publisher = "なぎさ県"
kind = "rule"
standing = "official"
fiscal_year = 2025

[[source]]
id = "old-guide"
title = "情報専門員の選考案内(前の年度)"
url = "https://example.org/guide-2023/"
publisher = "なぎさ県"
kind = "rule"
standing = "official"
fiscal_year = 2023

[[source]]
id = "talk"
title = "{TALK_TITLE}"
url = "{TALK_URL}"
publisher = "なぎさ県"
kind = "interview"
standing = "official"
as_of = "2023-11"

[[source]]
id = "blog"
title = "受験の手引き"
url = "https://example.com/blog"
publisher = "受験サイト"
kind = "news"
standing = "third_party"
as_of_note = "公開日の表示なし"
"""

SHEETS = {
    "policies/selection.md": """---
id: selection
title: 情報専門員の選考
lang: ja
---

## 情報専門員は何歳まで受けられますか
questions:
- 情報専門員の年齢制限はありますか

令和7年度の情報専門員の選考は、25歳以上50歳未満の人が対象です。[^guide]
令和5年度の情報専門員の選考は、25歳以上45歳未満の人が対象でした。[^old-guide]

## 情報専門員の採用予定は何人ですか
questions:
- 情報専門員は何人採用されますか

令和7年度の情報専門員の採用予定は、海の区分と港の区分を合わせて5人です。[^guide]

## 情報専門員の選考では何をしますか
questions:
- 情報専門員の試験の内容は何ですか

情報専門員の選考では、論文と面接を行います。[^guide]そのため、教養試験の準備は要りません。[^guide]
受験の手引きによると、面接は2回あったという声があります。[^blog]

## 情報専門員の初任給はいくらですか
questions:
- 情報専門員の給料はどのくらいですか

情報専門員の初任給は、令和7年度の案内では231,500円です。[^guide]
""",
    "policies/work.md": """---
id: work
title: 情報専門員の仕事
lang: ja
---

## 情報専門員はどんな仕事をしますか
questions:
- 情報専門員とは何ですか

情報専門員は、港湾や税務の書類を画面の手続きに移す、なぎさ県の職種です。[^guide]

## 技の地図とは何ですか
questions:
- 技の地図はどんな仕組みですか

技の地図は、情報専門員の技能を20項目に分け、年に2回見直す表です。[^guide][^talk]
""",
    "interviews/talk.md": """---
id: talk-digest
title: 情報専門員という働き方
lang: ja
digest_of: talk
speakers: {青柳: なぎさ県・情報専門員, 三宅: うみかぜ機構}
---

## なぜ造船会社から県庁へ移ったのですか
questions:
- 青柳さんが転職した理由は何ですか
- 県に移ったきっかけを教えてください

speaker: 青柳
青柳氏は、台風のときに避難所の名簿が手書きだったことをきっかけに、自分の腕を町のために使おうと県に移りました。[^talk]

## 外から来た人にはどんな共通点がありますか
questions:
- 民間から来る人はどんな人ですか

speaker: 三宅
三宅氏は、外から来た人には急がない人が多いものの、試作品を三日で持ってくるほど手が早いと見ています。[^talk]

## 異動をどう感じていますか
questions:
- 部屋が変わることをどう思っていますか

speaker: 三宅
三宅氏は、異動は荷物ではなく切符だと話し、部屋が変わるたびに相談できる相手が増えると伝えています。[^talk]
""",
    "en/selection.md": """---
id: en-selection
title: The selection of information specialists
lang: en
---

## Up to what age can information specialists apply?
questions:
- What is the age limit for information specialists?

In the fiscal year 2025 selection, information specialists had to be at least 25 and under 50 years old. [^guide]

## What is the map of skills?
questions:
- How does the map of skills work?

The map of skills sorts the skills of information specialists into 20 items and is reviewed twice a year. [^guide]
""",
}


def write_small_corpus(folder: Path) -> Path:
    """Write the corpus into a new folder; the folder is returned."""
    folder.mkdir(parents=True)
    for name in ("glossary.toml", "replies.toml"):
        shutil.copyfile(SHIPPED / name, folder / name)
    (folder / "sources.toml").write_text(SOURCES, "utf-8")
    for path, text in SHEETS.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder
