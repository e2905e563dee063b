"""What a question wants, read off its wording by a small set of rules, before any evidence is looked at.

In: a question. Out: `Intent`: the kind of fact asked for, the years named, and, where evidence cannot tell, the
reason not to answer (see rag/reasons). Every rule is a pattern of wording, none a pattern of one question. It knows
nothing of the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.language.normalise import fold
from rag.language.values import Value, fiscal_year_of, read_values
from rag.reasons import find_reason
from rag.types import Reason

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
# a year in what the asker says of themselves (age, schooling, former work) is not a wish for that year's material
_OF_ASKER = re.compile(
    r"\d+(?:歳|才)(?:に|で|の|です|を|だ)|卒業|修了し|在学|入社|就職し|(?:転職|退職)し(?:た(?!い)|て|まし)|辞め(?:た(?!い)|て|まし)|生まれ|大学\d年|年生"
    r"|\bi(?:'m| am|'ll be| will be| turn(?:ed)?)\b[^.,]*\b\d\d\b|\bi (?:was born|(?:will )?graduate)"
)
_AGE_IN_YEAR = re.compile(r"(?:今|来|去|昨)年度?(?:で|に|中に|の?\d+月[でに])?(?=\d+(?:歳|才))")
_CLAUSE = re.compile(r"(?<=[。?!、\n])|(?<=すが)|(?<=したが)|(?<=けど)|(?<=ので)|(?<=[.,;] )")
_ASKS = re.compile(r"\?|(?:か|は|の|かな|教えて|知りたい|知りたいです|教えてください)[。 ]*$")
_LATEST = re.compile(r"最新|直近|いま|現在|次回|次の(?:試験|選考|募集)|upcoming|latest|current")


# what a question sets aside: 「管理職以外の」 「フレックスのほかに」 "other than overseas training"
_EXCLUDED = re.compile(
    r"([一-鿿ァ-ヶーa-z0-9]{2,20})(?:さん|氏)?(?:以外(?!も|でも)|の(?:ほか|他)(?!も|でも)|を(?:除い|別にし)|にならず|にならない(?:で|まま)|にならなくて)(?:に|の|で|は|て)*"
    r"|\b(?:other than|besides|apart from|aside from|in addition to|except(?: for)?|without (?:becoming|being|turning into))"
    r" (?:the |an? )?([a-z0-9][a-z0-9 -]*?)(?=,|[?.]|$| (?:what|which|who|how|is|are|do|does|can|that|and)\b),?"
)


_GENERAL = re.compile(
    r"(?:普通|ふつう|当たり前|一般的)(?:です|なん|なの|のこと|に|$|[?])|みんな|皆(?:さん)?[がはも]|全員|誰でも|だれでも|必ず|(?:と|ことに|ように)決まって(?:い|る)|決まりですか|毎回"
    r"|\b(?:is it|are they) (?:normal|usual|common|typical)|\beveryone\b|\beverybody\b|\balways\b|do all\b|fixed rule"
)
_LISTING = re.compile(r"全部|すべて|全て|一覧|ひととおり|一通り|全員|もれなく|列挙|挙げて|\ball (?:the|of)\b|\blist\b")
_TREND = re.compile(
    r"推移|(?:変わ|変化し|増え|減っ)(?:っ)?て(?:き|い)|移り変わり|年度ごと|年ごと|毎年(?:の|どの)|\btrends?\b|(?:changed|grown|developed|evolved)\b|over the years|year by year"
)


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
    _wanted("age", r"何歳|何才|年齢(?:の?(?:制限|要件|上限|下限|条件)|は|って)|いくつまで|how old|age (?:limit|requirement|range)|(?:maximum|minimum|upper) age", "age", words=r"就学|小学|学年|\b(?:under|aged|up to|over|between) (?:the age of )?\d{2}\b|school (?:age|year)|grade \d"),
    _wanted("experience_years", r"(?:何年|何年間|年数)[^。?？]{0,8}(?:経験|経歴|実務|必要)|経験(?:年数|は何年|が?何年)|years of (?:work )?experience", "year"),
    _wanted("interval", r"何(?:年|(?:か|ヶ|カ|箇)月|週間?|日)(?:間)?(?:に(?:一|1)[回度]|ごと|おき|毎)|how (?:many|often)[^?]{0,20} (?:years|months|weeks) apart", "year month week day times", words=r"毎|隔|年\d回|\b(?:every|each|once|twice|annual)"),
    _wanted("duration", r"何年間|何(?:か|ヶ|カ|箇)月間?(?!分)|何週間|何日間|期間は(?:どれ|どの|何)|(?:どれ|どの)(?:くらい|ぐらい|ほど)の(?:期間|間)|任期は?(?:何年|どれ|どの|いつまで)|何年(?:まで|で(?:終|辞)|働|いら|くらい|ぐらい)|how long|how many (?:years|months|weeks)", "year month week day minute", "date"),
    _wanted("hours", r"残業(?:時間|代以外)?[^。?]{0,8}(?:どの|どれ)(?:くらい|ぐらい|ほど)|残業時間|残業は?多|(?:much|many) overtime|overtime hours|何時間|how many hours", "hour"),
    _wanted("clock", r"何時(?!間)|what time", "hour", "time"),
    _wanted("share", r"何割|何(?:%|パーセント)|割合|倍率|競争率|合格率|(?:取得|離職|定着|利用)率|percent|what share|(?:pass|turnover|acceptance|competition) (?:rate|ratio)", "percent ratio", words=r"\b(?:ratio|rate) (?:of|was|is) \d"),
    _wanted("minutes", r"何分(?!の)|how many minutes", "minute"),
    _wanted("money", r"いくら|何(?:万)?円|金額|(?:支給|補助|上限)額|年収(?:は|って|どれ|どの)|初任給は|(?:給料|給与|月給|手取り)は?(?:どれ|どの|いくら|何)|how much (?:is|are|do|does|will|can|money|would)|(?:starting|annual|monthly) (?:salary|pay)", "yen"),
    _wanted("bonus", r"(?:ボーナス|賞与)[^。?？]{0,6}(?:何か月|何ヶ月|何カ月|どれ|どの|いくら)|何(?:か|ヶ|カ)月分", "month"),
    _wanted("people", r"何人|何名|人数|how many (?:people|staff|employees|ict|persons|recruits|applicants|were|are)|headcount", "person", words=r"(?:number of|over|more than|about|exceed\w*|from|to) (?:ict (?:job )?staff|\d+)"),
    _wanted("how_often", r"何回|週何|頻度|どれ(?:くらい|ぐらい)の(?:頻度|ペース)|how (?:often|many times)", "times", pull=0.1),
    _wanted("count", r"何(?:項目|種類|個|つ|件|社|段階|問|通り|ページ|施設|自治体|か国)|いくつ(?:ある|あり|の)|how many", "item type case company page question facility municipality times person", "", pull=0.1),
    _wanted("who", r"誰(?!でも|も|か)|だれ(?!でも|も|か)|どなた|\bwho\b", pull=0.6, words=r"氏|さん|課長|部長|局長|知事|理事長|管理職|上司|チューター|Governor|manager|[一-鿿]{2,4} (?:of|says|explains)", of="人名"),
    _wanted("where", r"どこ(?!か|まで|が違)|どちらの(?:国|県|市|町)|何(?:県|市|国|大学)|どの(?:国|県|市|町|都市|地域|大学)|where\b|which (?:country|city|town)", pull=0.3, of="地名"),
    _wanted("when", r"いつ(?!も|でも)|年月(?:日)?を?(?:知|教|は)|何年(?!以|か|も)|何月|何日(?!間)|時期|日程|締め?切|期限|when\b|deadline|what (?:year|date)|which year|schedule of (?:the )?exam", "year", "date fiscal_year", pull=0.1),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What the wording tells. `reason` is set where no evidence could make an answer right.

    `excluded`: what the question sets aside (folded), of which an answer must not be. `general`: whether it asks if one
    case is the rule; `listing`: whether for all there is; `trend`: whether how a thing went over the years; `premise`:
    whether something is supposed that is to be confirmed.
    """

    wanted: Wanted | None
    reason: Reason | None
    years: frozenset[int]
    relative_year: bool
    experience: bool
    excluded: tuple[str, ...] = ()
    general: bool = False
    listing: bool = False
    trend: bool = False
    premise: bool = False


def read_intent(question: str, today: date) -> Intent:
    """The intent of one question, years relative to Japan's `today` (今年度 = the fiscal year of today)."""
    folded = fold(question)
    premise = bool(_PREMISE.search(folded))
    years, relative = (frozenset[int](), False) if premise else _years(folded, today)
    return Intent(
        wanted=next((w for w in WANTED if w.question.search(folded)), None),
        reason=find_reason(folded),
        years=years,
        relative_year=relative,
        experience=bool(_EXPERIENCE.search(folded)),
        excluded=tuple(m[1] or m[2] for m in _EXCLUDED.finditer(folded)),
        general=bool(_GENERAL.search(folded)),
        listing=bool(_LISTING.search(folded)),
        trend=bool(_TREND.search(folded)),
        premise=premise,
    )


def without_excluded(text: str) -> str:
    """A question without what it sets aside: 「フレックスのほかに、時間を変えられる制度は」."""
    return _EXCLUDED.sub(" ", fold(text)).strip(" 、,")


_YEAR_BEFORE = re.compile(r"(?:その|一つ|ひとつ|1つ)?前の(?:年度?|回)|前年度?|the year before|previous year")
_YEAR_AFTER = re.compile(
    r"(?:その|一つ|ひとつ|1つ)?(?:次|翌|後)の(?:年度?|回)|翌年度?|the (?:year after|following year|next year)"
)


def continue_intent(intent: Intent, former: Intent, question: str) -> Intent:
    """The intent of a follow-up: the kind of fact of the former question, and a year counted from that one's."""
    folded = fold(question)
    shift = -1 if _YEAR_BEFORE.search(folded) else 1 if _YEAR_AFTER.search(folded) else 0
    years = frozenset(year + shift for year in former.years) if shift and former.years else intent.years
    return replace(intent, wanted=intent.wanted or former.wanted, years=years)


def _years(folded: str, today: date) -> tuple[frozenset[int], bool]:
    asked = _without_asker(folded)
    years = {
        int(str(v.low)[:4])
        for v in read_values(asked)
        if v.kind in {"date", "fiscal_year"} and str(v.low)[:4].isdigit()
    }
    relative = False
    for pattern, shift in _THIS_YEAR:
        if re.search(pattern, asked):
            years.add(fiscal_year_of(today) + shift)
            relative = True
    return frozenset(years), relative


def _without_asker(folded: str) -> str:
    clauses = [c for c in _CLAUSE.split(_AGE_IN_YEAR.sub("", folded)) if c]
    return "".join(c for c in clauses if _ASKS.search(c) or not _OF_ASKER.search(c))
