"""What a question wants, read off its wording by a small set of rules, before any evidence is looked at.

In: a question. Out: `Intent`: the kind of fact asked for, the years named, and, where evidence cannot tell, the
reason not to answer (a verdict on one person, a staff member's private life, an opinion, something unsafe). Every
rule is a pattern of wording, none a pattern of one question. It knows nothing of the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from rag.language.normalise import fold
from rag.language.values import Value, fiscal_year_of, read_values
from rag.types import Reason

_I = r"(?:私|わたし|わたくし|僕|ぼく|俺|自分|当方|弊息子|うちの(?:子|息子|娘)|息子|娘|\b(?:i|i'm|me|my|myself)\b)"
_OUTCOME = (
    r"(?:受か(?:り|る|れ|ら)|合格(?:でき|し(?:ます|そう|たい)|する(?:で|か|と|の)|できそう|圏)|採用され|採用して(?:もら|くれ)|選考(?:に|を)?通(?:り|る|過)"
    r"|内定(?:が)?(?:出|もら|取れ)|(?<!(?:給料|給与|年収|月収|収入|評価|待遇|賞与)[はがも])落ち(?:ます|る(?:かな|でしょ|と思)|そう|た(?:でしょ|かな|と思|の[?か]))|通過して(?:い|る|ま))"
)
_CHANCE = r"(?:(?:受か|合格|採用|通過|内定)[^。?？]{0,6}(?:可能性|確率|見込み|チャンス)|(?<![るいた])(?<!(?<![私僕俺分方])の)(?:可能性|チャンス|見込み)[^。?？]{0,4}(?:あり|ある|高い|低い|どれ|どの))"
_INDIVIDUAL = (
    re.compile(rf"{_I}[^。?？]{{0,40}}{_OUTCOME}"),
    re.compile(rf"{_OUTCOME}[^。]{{0,4}}(?:ますか|でしょうか|かな|そうですか|と思い|の\?|\?|ますかね|可能性)"),
    re.compile(_CHANCE),
    re.compile(rf"{_I}[^。?？]{{0,30}}(?:向いて(?:い|る)|適性(?:が)?ある|有利|不利)"),
    re.compile(
        r"\b(?:will|would|can|could|do|am) i\b[^.?]{0,40}\b(?:pass|be (?:hired|accepted|selected)|get (?:in|hired|the job|accepted)|succeed|qualified enough)\b"
    ),
    re.compile(r"\bmy (?:chances?|odds|likelihood)\b|\bhow likely am i\b|\bchances of (?:me )?(?:pass|being|getting)"),
)
_GENERAL_OUTCOME = re.compile(
    r"(?:受か|合格|採用)(?:った|した|された)(?:人|方|ら|後|場合|あと)|合格(?:者|率|発表|基準|ライン|点)|採用(?:され(?:た|る)(?:人|と|後|場合|まで|には))"
    r"|(?:何人|何名|(?:どんな|どのような|どういう)(?:人|方|経歴)|誰|いつ|毎年|どう(?:すれば|したら|やって))[^。?？]{0,12}(?:受か|合格|採用|内定|通)"
)
_CLASS = re.compile(r"[^。]{2,}でも(?:受か|合格|採用|通)")
_CLASS_EN = re.compile(r"\b(?:can|could) i\b[^.?]*\b(?:without|with no|as an?)\b")
_PRIVATE = (
    r"(?:電話|携帯|メール|メアド|連絡先|住所|自宅|年収|給料|給与|月収|貯金|結婚|独身|配偶者|妻|夫|子供|家族|彼氏|彼女|恋人|宗教|支持政党"
    r"|誕生日|生年月日|年齢|何歳|出身校|出身大学|学歴|(?<![a-z])line(?![a-z])|インスタ|instagram|sns|アカウント|病気|容姿|性格"
    r"|e-?mail|phone|address|salary|married|husband|wife|children|religion|birthday|how old)"
)
# 「職員さん」「皆さん」 and "MS Teams" name nobody
_TITLED = r"\b(?:(?:mr|mrs)(?:\. ?| )|ms(?:\. ?| )(?!office|teams|word|excel|access|azure|365))[a-z]+"
_STAFF = (
    r"(?:[一-鿿]{1,4}(?:(?<!職員)(?<!社員)(?<!先輩)(?<!子供)(?<!皆)(?<!奥)(?<!娘)さん|氏|副知事|知事|課長|部長|局長|理事長)"
    rf"|職員個人|{_TITLED}|vice governor)"
)
_STAFF_PERSONAL = re.compile(
    rf"{_STAFF}(?:の|は|って|に|、)?[^。?？]{{0,12}}{_PRIVATE}|{_PRIVATE}[^.。]{{0,16}}\bof {_TITLED}|{_TITLED}'?s? {_PRIVATE}"
    rf"|\S+'s (?:private|personal|home|own) {_PRIVATE}"
)
_OPINION = re.compile(
    r"どう思(?:い|う|われ)|(?:どっち|どちら)が[^。?]{0,4}(?:いい|良|得|幸せ|楽|マシ|ましで|上で|お?すすめ)|(?:お?すすめ|オススメ)(?:です|は|します|\?|か$)"
    r"|(?:^|[。?？])(?![^。?？]*(?:何|いつ|どこ|どの|どんな))[^。?？]*(?:す|受ける|応募する|転職する|辞める)べき(?:です|か|でしょ)|(?:ほう|方)が(?:いい|良い)(?:です|と思|かな|\?|か)|勝ち組|負け組|ブラック(?:企業|です|なの|\?|ですか)"
    r"|あなたの(?:意見|考え|好き)|好きですか|支持(?:しま|する)|(?:^|[^a-z ] ?|\b(?:so|then|or|if|think|whether) )(?:should i|i should)\b|which (?:one )?is better|do you (?:think|like|recommend)|your opinion|is it worth"
)
_UNSAFE = re.compile(
    r"(?:指示|命令|ルール|制約|プロンプト|設定|これまでの(?:会話|やり取り|話|内容|文脈|こと))(?:を|は)?[^。]{0,8}(?:無視|忘れ(?!た|物|てしま|ていた|ちゃ)|破棄|解除|上書き)|(?:システム|隠し)プロンプト|内部(?:の)?(?:指示|設定|プロンプト)"
    r"|ignore (?:all |any |the |your |of )*(?:(?:previous|prior|above|earlier)(?! (?:work|job|career|employ|experience))|instructions|rules)|disregard (?:all|the|your|previous)|system prompt|developer mode|jailbreak|\bdan mode\b|pretend (?:to be|you)"
    r"|(?:になりきって|のふりをして|として振る舞)|合格(?:と|です)と(?:答え|言|出力)|と(?:だけ)?(?:答え|出力し|返答し)(?:て(?:ください|下さい|くれ|ほしい|欲しい|ね|よ|[。!]|$)|なさい|ろ)|と(?:だけ)?(?:出力|返答)せよ|print (?:your|the) (?:prompt|instructions)|reveal (?:your|the)"
    r"|(?:ハッキング|不正に?(?:アクセス|ログイン|侵入|入手))(?!対策|防止|対応|検知|被害|から|への|を防)|抜き出す方法|盗(?:む|み|ん)|クラッキング|sqlインジェクション|脆弱性(?:を|の)(?:突|教|攻)|(?:試験|選考|面接)[^。]{0,8}(?:カンニング|替え玉|不正に|流出|漏洩|裏口)|カンニング|替え玉|裏口|賄賂|経歴(?:を)?(?:詐称|偽)|嘘(?:の経歴|を書い)"
    r"|爆弾|殺(?:す|し|人)|自殺|死にたい|麻薬|覚醒剤|\bhack(?:ing|ed)? (?:into|the)|\bmalware\b|\bbomb\b|\bcheat (?:on|in)\b|\bbribe\b|<script|javascript:|drop table"
)
_OWN_DATA = re.compile(
    rf"{_I}の?(?:受験番号|申込(?:内容|状況|番号)?|応募(?:状況|書類)|結果|成績|点数|順位|合否|採点|個人情報|データ(?!サイ|分析|エンジ|ベース|活用|基盤|系)|履歴(?!書)|マイページ)"
    r"|受験番号は?\s?[a-z]?\d{2,}|my (?:application|exam)? ?(?:number|status|result|score|data\b(?! (?:scien|analy|engineer|skill))|personal (?:data|info|detail))|(?:私|わたし)(?:の名前|が誰)|(?:名前|住所|電話番号|メール)(?:を|は)[^。]{0,10}(?:登録|変更|削除|覚え)|登録[^。]{0,14}(?:直し|直せ|変更|修正|更新)|折り返(?:し|す)|〔[^〕]+〕(?:に|へ|まで)[^。]{0,10}(?:連絡|送|電話)|(?:status|result)s? of my"
)
_EXPERIENCE = re.compile(
    r"体験|感想|実感|本音|実際(?:に|の|は|のところ)|リアル|苦労|大変(?:な|だ|でし)|やりがい|魅力|きっかけ|志望(?:動機|理由)|印象(?:的|に残)|ギャップ|どう感じ|戸惑|人の(?:話|声|例)|先輩|インタビュー"
    r"|具体例|一日|1日の|キャリアの(?:例|歩み)|経歴|さんは|氏は|experience|feel|story|what is it like|example of|typical day|why did"
)
_THIS_YEAR = (
    (r"今年度?|本年度?|this (?:fiscal )?year", 0),
    (r"来年度?|次年度|next (?:fiscal )?year", 1),
    (r"昨年度?|去年度?|前年度|last (?:fiscal )?year", -1),
)
# a year in a supposition is part of what is to be checked, not a wish for that year's material
_PREMISE = re.compile(
    r"(?:です|ます|んだ|だ|でした|ました)よね|でしょ(?:う)?[?か。]*$|って(?:本当|ほんと|マジ)|本当(?:です)?か|と(?:聞|き)(?:いた|きました)|らしい|んですって|(?:isn't|aren't|doesn't|right)\?|is it true|i heard"
)
_LATEST = re.compile(r"最新|直近|いま|現在|次回|次の(?:試験|選考|募集)|upcoming|latest|current")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A kind of fact, and how to tell that words hold one. A `strict` kind must be there; `pull` (0 … 1) ranks by it."""

    name: str
    question: re.Pattern[str]
    units: frozenset[str]
    kinds: frozenset[str] = frozenset()
    strict: bool = True
    pull: float = 1.0
    words: re.Pattern[str] | None = None
    name_kind: str | None = None  # Sudachi's kind of names (人名, 地名) of which a new one tells it, too

    def met_by(self, text: str, values: Sequence[Value]) -> bool:
        """Whether a text with these values (those that the question itself gives left out) holds the kind of fact."""
        if self.words is not None and self.words.search(text):
            return True
        return any(v.kind in self.kinds or (v.unit or "") in self.units for v in values)


def _wanted(
    name: str,
    pattern: str,
    units: str = "",
    kinds: str = "",
    *,
    pull: float = 1.0,
    words: str | None = None,
    of: str | None = None,
) -> Wanted:
    return Wanted(
        name=name,
        question=re.compile(pattern),
        units=frozenset(units.split()),
        kinds=frozenset(kinds.split()),
        strict=pull >= 1.0,
        pull=pull,
        words=re.compile(words) if words else None,
        name_kind=of,
    )


# the first that matches counts; the order goes from the exact to the loose
WANTED: tuple[Wanted, ...] = (
    _wanted("age", r"何歳|何才|年齢(?:の?(?:制限|要件|上限|下限|条件)|は|って)|いくつまで|how old|age (?:limit|requirement|range)|(?:maximum|minimum|upper) age", "age", words=r"\b(?:under|aged|up to|over|between) (?:the age of )?\d{2}\b"),
    _wanted("experience_years", r"(?:何年|何年間|年数)[^。?？]{0,8}(?:経験|経歴|実務|必要)|経験(?:年数|は何年|が?何年)|years of (?:work )?experience", "year"),
    _wanted("duration", r"何年間|何(?:か|ヶ|カ|箇)月間?(?!分)|何週間|何日間|期間は(?:どれ|どの|何)|(?:どれ|どの)(?:くらい|ぐらい|ほど)の(?:期間|間)|任期は?(?:何年|どれ|どの|いつまで)|何年(?:まで|で(?:終|辞)|働|いら|ごと|おき|くらい|ぐらい|に一|に1)|how long|how many (?:years|months|weeks)", "year month week day", "date"),
    _wanted("hours", r"残業(?:時間|代以外)?[^。?]{0,8}(?:どの|どれ)(?:くらい|ぐらい|ほど)|残業時間|残業は?多|(?:much|many) overtime|overtime hours|何時間|how many hours", "hour"),
    _wanted("clock", r"何時(?!間)|what time", "hour", "time"),
    _wanted("share", r"何割|何(?:%|パーセント)|割合|倍率|競争率|合格率|(?:取得|離職|定着|利用)率|percent|what share|(?:pass|turnover|acceptance|competition) (?:rate|ratio)", "percent ratio"),
    _wanted("minutes", r"何分(?!の)|how many minutes", "minute"),
    _wanted("money", r"いくら|何(?:万)?円|金額|(?:支給|補助|上限)額|年収(?:は|って|どれ|どの)|初任給は|(?:給料|給与|月給|手取り)は?(?:どれ|どの|いくら|何)|how much (?:is|are|do|does|will|can|money|would)|(?:starting|annual|monthly) (?:salary|pay)", "yen"),
    _wanted("bonus", r"(?:ボーナス|賞与)[^。?？]{0,6}(?:何か月|何ヶ月|何カ月|どれ|どの|いくら)|何(?:か|ヶ|カ)月分", "month"),
    _wanted("people", r"何人|何名|人数|how many (?:people|staff|employees|ict|persons|recruits|applicants|were|are)|headcount", "person", words=r"(?:number of|over|more than|about|exceed\w*|from|to) (?:ict (?:job )?staff|\d+)"),
    _wanted("how_often", r"何回|週何|頻度|どれ(?:くらい|ぐらい)の(?:頻度|ペース)|how (?:often|many times)", "times", pull=0.1),
    _wanted("count", r"何(?:項目|種類|個|つ|件|社|段階|問|通り|ページ|施設|自治体|か国)|いくつ(?:ある|あり|の)|how many", "item type case company page question facility municipality times person", "", pull=0.1),
    _wanted("who", r"誰(?!でも|も|か)|だれ(?!でも|も|か)|どなた|\bwho\b", pull=0.6, words=r"氏|さん|課長|部長|局長|知事|理事長|管理職|上司|チューター|Governor|manager|[一-鿿]{2,4} (?:of|says|explains)", of="人名"),
    _wanted("where", r"どこ(?!か|まで|が違)|どちらの(?:国|県|市|町)|何(?:県|市|国|大学)|どの(?:国|県|市|町|都市|地域|大学)|where\b|which (?:country|city|town)", pull=0.3, of="地名"),
    _wanted("when", r"いつ(?!も|で)|年月(?:日)?を?(?:知|教|は)|何年(?!以|か|も)|何月|何日(?!間)|時期|日程|締め?切|期限|when\b|deadline|what (?:year|date)|which year|schedule of (?:the )?exam", "year", "date fiscal_year", pull=0.1),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What the wording tells. `reason` is set where no evidence could make an answer right."""

    wanted: Wanted | None
    reason: Reason | None
    years: frozenset[int]
    relative_year: bool
    experience: bool


def read_intent(question: str, today: date) -> Intent:
    """The intent of one question, years relative to Japan's `today` (今年度 = the fiscal year of today)."""
    folded = fold(question)
    years, relative = (frozenset[int](), False) if _PREMISE.search(folded) else _years(folded, today)
    return Intent(
        wanted=next((w for w in WANTED if w.question.search(folded)), None),
        reason=_reason(folded),
        years=years,
        relative_year=relative,
        experience=bool(_EXPERIENCE.search(folded)),
    )


def _reason(folded: str) -> Reason | None:
    rules: tuple[tuple[Reason, Callable[[str], object]], ...] = (
        (Reason.UNSAFE, _UNSAFE.search),
        (Reason.USER_PERSONAL_DATA, _OWN_DATA.search),
        (Reason.STAFF_PERSONAL, _STAFF_PERSONAL.search),
        (Reason.INDIVIDUAL, _individual),
        (Reason.OPINION, _OPINION.search),
    )
    return next((reason for reason, found in rules if found(folded)), None)


def _individual(folded: str) -> bool:
    # 「文系でも受かる?」 asks about a class of people, not about one person
    if (_CLASS.search(folded) and not re.search(_I, folded)) or _CLASS_EN.search(folded):
        return False
    if _GENERAL_OUTCOME.search(folded):
        return any(p.search(folded) for p in (_INDIVIDUAL[0], _INDIVIDUAL[4], _INDIVIDUAL[5]))
    return any(pattern.search(folded) for pattern in _INDIVIDUAL)


def _years(folded: str, today: date) -> tuple[frozenset[int], bool]:
    years = {
        int(str(v.low)[:4])
        for v in read_values(folded)
        if v.kind in {"date", "fiscal_year"} and str(v.low)[:4].isdigit()
    }
    relative = False
    for pattern, shift in _THIS_YEAR:
        if re.search(pattern, folded):
            years.add(fiscal_year_of(today) + shift)
            relative = True
    return frozenset(years), relative
