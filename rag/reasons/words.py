"""The word lists that the reasons not to answer are read from.

Each list is one kind of thing (who speaks, what they want, how they ask). Words are parted by blanks; `_` stands for a
blank inside a word, and a word may use a pattern's signs ([りる], (?!…)). A Latin word is matched whole, unless it ends
in `*`. Everything is in the normal form of `fold` (lower case, ? for ？). No rule stands here: rules.py combines lists.
"""

from __future__ import annotations

import re


def listed(words: str) -> str:
    """A list as one group of a pattern."""
    return "(?:" + "|".join(_bounded(word.replace("_", " ")) for word in words.split()) + ")"


def _bounded(word: str) -> str:
    start = r"\b" if re.match(r"[a-z(]*[a-z]", word) and not word.startswith("(?<") else ""
    if word.endswith("*"):
        return start + word[:-1]
    return start + word + (r"\b" if re.search(r"[a-z]\)?$", word) else "")


# ------------------------------------------------------------------ who

ME = listed(
    "私(?!立|大(?!学)|鉄|費|服|用|物) わたし わたくし あたし 僕 ぼく 俺 おれ ワイ おいら オイラ 自分 当方 弊息子 i i'm i'll i've me my myself"
)
KIN = listed(
    "息子 娘 うちの[子弟妹兄姉] 主人 旦那 夫(?!婦) 妻 嫁 彼氏 弟 妹 友人 友達 知人"
    " my_(?:son|daughter|husband|wife|brother|sister|friend|child)"
)
YOU = listed("あなた 貴方 君(?!臨) きみ お前 おまえ おたく your you")
# 「職員さん」「皆さん」 and "MS Teams" name nobody; 「担当課長」 is a post, 「山田課長」 a person
TITLED = r"\b(?:(?:mr|mrs|dr)(?:\. ?| )|ms(?:\. ?| )(?!office|teams|word|excel|access|azure|365)|(?:vice )?governor(?:'s)? ?)[a-z]*"
NAMED = (
    r"(?:[一-鿿]{1,4}(?:(?<!職員)(?<!社員)(?<!先輩)(?<!子供)(?<!皆)(?<!奥)(?<!娘)さん|氏|副知事|知事)"
    r"|(?<![一-鿿])[一-鿿]{2,3}(?<!担当)(?<!推進)(?<!専門)(?<!統括)(?<!人事)(?<!総務)(?<!企画)(?<!戦略)(?<!政策)(?<!一般)(?:課長|部長|局長|理事長)(?!代理|級|補佐)"
    rf"|職員個人|{TITLED})"
)
ROLE = listed(
    "採用担当(?:者|の人|の方)? 人事担当(?:者|の人|の方)? 面接官 試験官 担当者 担当の(?:人|方) (?:面接|採用|人事)を?(?:の)?(?:担当する|担当した|チームの|課の|係の)(?:人|方|誰か|職員) [一-鿿]{2,4}課長(?!代理|級) 職員の名簿 職員さん"
    " recruiter(?:'s)? interviewer(?:'s)? hiring_manager(?:'s)? examiner(?:'s)?"
)

# ------------------------------------------------------------------ one person's result (individual)

OUTCOME = listed(
    "受か[りるれら] 合格(?:でき|し(?:ます|そう|たい)|する(?:で|か|と|の|確率)|圏) 採用(?:され|して(?:もら|くれ|いただ))"
    " (?:採って|雇って|拾って)(?:もら|くれ|いただ) 選考(?:に|を)?通(?:り|る|過) (?:書類|面接|経歴|適性検査|[1-3一二三]次)(?:選考|試験)?(?:に|を|は|で|も)?通(?:り|る|過)"
    " (?<!お)通り(?:そう|ます(?:か|かね)) 通った(?:と思|か|でしょ) 通過して(?:い|る|ま) 内定(?:が|を)?(?:出|もら|取れ)"
    " (?<!(?:給料|給与|年収|月収|収入|評価|待遇|賞与)[はがも])落ち(?:ます|る(?:かな|でしょ|と思)|そう|た(?:でしょ|かな|と思|の[?か]))"
)
FELL = r"(?<!(?:給料|給与|年収|月収|収入|評価|待遇|賞与)[はがも])落ち(?:た|ました|てしまいました)(?:でしょう|かな|よね|か(?:$|[。?])|の\?|と思いますか)"
TERMS = listed("任期 契約 期間 級で 身分 形で")
CHANCE = listed("可能性 確率 見込み チャンス 望み")
TRY = listed("受か 合格 採用 通過 内定")
THERE_IS = listed("あり ある 高い 低い どれ どの")
FREE_CHANCE = (
    r"(?<![るいたくすつむうぐぶ])(?<![回度])(?<!度も)(?<!目の)(?<!(?<![私僕俺分方])の)(?:可能性|チャンス|見込み)"
)
FITS = listed("向いて(?:い|る) 適性(?:が)?ある 有利 不利 足りま")
SHOWN = listed(
    "(?:この|以下の|次の|下の|添付の)(?:職務|職歴|経歴|志望|自己|論文|作文|答案|回答案|文章|履歴書|pr|es(?![a-z])|エントリー) 経歴書を貼 自己prを書いた this_(?:essay|resume|cv|letter|answer) my_(?:essay|resume|cv|background|profile|(?:cover|motivation)_letter|answers)"
)
JUDGE = listed(
    "採点 添削 点数を(?:つけ|付け) 評価して(?!い) 評点 判定 診断して 予想して 予測して 審査して 判断して 計算して 見て(?:もら|くだ|くれ|ほし) 何点 通る(?:か|で|と) 受かる"
    " rate score evaluate judge grade predict assess review"
)
ASKED_SHORT = listed(
    r"ますか でしょうか かな(?!い|り) そうですか と思い の\? \? ますかね よね た(?:か|よね) か(?:予想|予測|判定|占) 可能性"
)
OF_PEOPLE = listed(  # people who have passed, a rate, a date or a way: a question about everybody
    "(?:受か|合格|採用)(?:った|した|された)(?:人|方|ら|後|場合|あと|職員) 合格(?:者|率|発表|基準|ライン|点) 採用(?:され(?:た|る)(?:人|と|後|場合|まで|には))"
    " (?:何人|何名|(?:どんな|どのような|どういう)(?:人|方|経歴)|誰|いつ|毎年|どう(?:すれば|したら|やって)|しないと|でないと|がないと|なければ)[^。?]{0,12}(?:受か|合格|採用|内定|通) 合格(?:すれば|したら|すると)"
)
CLASS_OF_PEOPLE = r"[^。]{2,}でも(?:受か|合格|採用|通)"  # 「文系でも受かる?」
CLASS_OF_PEOPLE_EN = r"\b(?:can|could) i\b[^.?]*\b(?:without|with no|as an?)\b"
DO_I = listed(
    "(?:will|would|can|could|do|did|am|have)_i think_(?:i|i'll|i'd|i_will|i_would) (?:tell_me|if)_(?:i'd|i_would)"
)
MY_CHANCE_EN = r"\b(?:do|would|will) i (?:stand|have) (?:a|any) chance"
HIRED_EN = listed(
    "pass be_(?:hired|accepted|selected|chosen) get_(?:in|hired|the_job|accepted) succeed qualified_enough good_enough fail(?:ed)? passed"
)
CONDITION_EN = r"\b(?:have|need|required) to (?:pass|get in)\b|\bdo i (?:need|have)\b(?! (?:a |any |good |much )?(?:chance|odds|shot|hope))|\b(?:after|once|if|when|before|until|unless) i(?:'ve| have)? (?:pass|succeed)"
LIKE_ME = listed("hire_me accept_me take_me someone_like_me(?:_ever)?_be")
ODDS_EN = listed("chances? odds likelihood likely")
MY_ODDS_EN = listed(
    "my_(?:chances?|odds|likelihood)\\b(?!_of_(?:rising|promot|moving)) how_likely_am_i chances_of_(?:me_)?(?:pass|being|getting)*"
)

PAST_EN = r"\bin (?:fiscal )?(?:year )?20\d\d|\b(?:pass )?rate\b"
WH_EN = r"\b(?:when|where|how|what|which)\b"

# ------------------------------------------------------------------ an opinion

WHICH = listed("どっち どちら")
BEST = listed(
    "(?<!ば)いい(?!え) (?<!ば)良い 良く 得(?!意) 幸せ 楽(?!曲) マシ まし(?:です|か|で|$) 上で(?:す|しょ) お?すすめ オススメ お勧め 選ぶ(?:べき|と|なら|\\?) 選びま(?!した) 入りま(?!した) 行きま(?!した) 魅力的"
)
IF_SO_WHICH = r"なら(?:ば)?、?(?:どっち|どちら)(?:です|か|が|に|$|\?)"
VIEW = listed(
    r"どう思(?:い|う|われ) と思(?:いますか|いません|う\?|う$|わない\?) (?:あなた|君|きみ)の(?:意見|考え|好き) 意見を聞かせ 個人的に(?:は|どう) あなたなら 好きですか のことは好き 支持(?:しま|する) (?:後悔し|損し)(?:ませんか|ない(?:です|\?|$)) ダサい(?:です|の|\?)"
)
HOW_IS = r"ってどうなの|どうなん(?:です|\?|$)"
FIGURE = listed("人数 何人 割合 何割 倍率 金額 いくら 年数 日数 時間数 件数")
RECOMMEND = listed(
    r"(?:お?すすめ|オススメ|お勧め)(?:です|は|できる(?:職場|仕事|会社)|します|\?|か$) (?:ほう|方)が(?:いい|良い|よい)(?:です|でしょ|と思|かな|\?|か)"
)
SHOULD = listed(r"(?:す|受ける|応募する|転職する|辞める|入る|目指す)べき(?:です|か|でしょ|\?|$)")
WH = listed("何 いつ どこ どの どんな どういう どのよう")
WORTH = listed("(?:受ける|転職する|辞める|入る|働く|応募する|行く)(?:だけの|ほどの)?価値")
LABEL = listed(r"勝ち組 負け組 オワコン (?:ブラック|ホワイト)(?:企業|です|なの|か|\?|$)")
POLITICS = listed("知事 与党 野党 都議会 政権 政策 都政")
APPRAISE = listed("評価して(?:くだ|ほし|くれ|みて) 評価しま 悪口")
VIEW_EN = listed(
    r"(?:do|would)_you_(?:personally_)?(?:think|believe|feel|like|recommend|prefer|support|choose) your_(?:own_|personal_|honest_)?(?:opinion|view) which_(?:one_)?is_better is_it_better_to is_(?:it|this|the)(?:_job)?_worth would_you_(?:choose|pick)"
)
BETTER_EN = r"(?:^|[.?!] )is [^.?!]{2,40} (?:better|worse|nicer) (?:\w+ )?than\b"
SHOULD_EN = r"(?:^|[^a-z ] ?|\b(?:so|then|or|if|think|whether) )(?:should i|i should)\b"

# ------------------------------------------------------------------ a staff member's private matters

CONTACT = listed(
    "電話 携帯 直通 メール メアド 連絡先 住所 自宅 (?<![a-z])line(?![a-z]) インスタ instagram sns アカウント (?<![局課部み度体修験考式]の)名前 氏名 フルネーム e-?mail phone mobile address"
)
LIFE = listed(
    "結婚 独身 既婚 配偶者 妻 夫(?!婦) 奥さん 旦那 お子さん 子(?:供|ども)(?:は|が)?(?:い[るま]|何) ご家族 家族構成 家族[はの] 彼氏 彼女 恋人 宗教 政党 誕生日 生年月日 年齢 何歳 出身校 出身大学 学歴 病気 病歴 容姿 (?<![考験度]の)性格 下の名前 顔写真 住んで 貯金 資産"
    " married single husband wife have_(?:children|kids) religion birthday how_old"
)
EARNINGS = listed("年収 給料 給与 月収 salary")
LIFE_EN = listed("married single husband wife children religion birthday address salary phone e-?mail mobile age")
THEIR_EN = listed("(?:his|her|their)_(?:name|e-?mail|phone|address|number)")
PRIVATE_EN = r"\S+'s (?:private|personal|home|own) "

# ------------------------------------------------------------------ the asker's own data

RECORD = listed(
    "受験番号 申込(?:み|内容|状況|番号)? 応募(?:状況|書類)? エントリー(?!シート) 結果 成績 点数 順位 合否 採点 評価 受験票 合格通知 個人情報 マイページ パスワード 日程"
    " データ(?!サイ|分析|エンジ|ベース|活用|基盤|系) 履歴(?!書) 住所 電話番号 メールアドレス"
)
OWN_RECORD = listed(
    "受験番号 申込(?:内容|状況|番号) 応募(?:状況|書類) 結果 成績 点数 順位 合否 採点 個人情報 マイページ データ(?!サイ|分析|エンジ|ベース|活用|基盤|系) 履歴(?!書)"
)
SECRET_RECORD = listed(
    "受験番号 申込番号 受験票 パスワード 合否 登録(?:した|済みの|されている)?(?:住所|電話|メール|氏名|内容)"
)
IN_GENERAL = listed("場合 とき(?:は|に) どうすれば どうしたら 方法 手続")
DO_IT = listed(
    r"教えて 調べて 確認し(?:て|たい) 見たい 見せて 開示し(?:て|たい) 照会 わかる 分かりますか 知りたい 変更し(?:て(?!も)|たい) 変えたい 直して 修正し(?:て|たい) 削除 消して 再発行 取り消し(?:て|たい) キャンセルし(?:て|たい) 取消 見てほし 受け付けて(?:くだ|くれ|ほし|もら|い) 届いたか 送って"
)
CHANGE_IT = listed(
    "再発行して 直して 修正して 変えたい 変更し(?:て(?:くだ|ほし|くれ|もら)|たい) 取り消して(?:くだ|ほし|くれ|もら) 受け付けて(?:くだ|ほし|くれ(?!る|ま))"
)
REGISTERED = listed("登録 申込 申し込み 応募 受験票 パスワード 面接の日程 住所 電話番号 メールアドレス")
SENT = listed("応募書類 申込書 申し込み 申込 書類 エントリーシート 願書")
ARRIVED = listed(
    "届いた(?:か|でしょう) 届いて(?:い)?(?:るか|ますか) 受理され(?:たか|ているか|てるか|ましたか) 受け付けられ(?:たか|ているか)"
)
HERE = listed("ここで ここから このチャットで この画面で")
LET_ME_APPLY = listed("申し込ませ 申し込みたい 応募させ 応募したい 申込み?させ")
THIS_NUMBER = listed(r"(?:この|下記の|次の)(?:番号|電話|メール|アドレス|住所) 〔[^〕]+〕(?:に|へ|まで)")
REACH = listed("電話し 電話くだ 送 連絡 届け 折り返")
REMEMBER = listed("覚えて 覚えてい")
SAID = listed("名前 話した 聞いた 伝えた")
CALL_BACK = listed("折り返[しす] (?:私|わたし)(?:の名前|が誰)")
DATA_TYPED = (
    r"受験番号[はが:]?\s?[a-z]{0,2}-?\d{2,}|(?:名前|住所|電話番号|メール)(?:を|は)[^。]{0,10}(?:登録(?!セキ|さ)|変更し|削除|覚え)"
    r"|登録[^。]{0,14}(?:直し|直せ|変更|修正|更新)|住所は[^。]{1,20}登録"
)
MY_DATA_EN = (
    r"my (?:application|exam|interview|test)? ?(?:number|status|result|score|data\b(?! (?:scien|analy|engineer|skill))|personal (?:data|info|detail))"
    r"|(?:status|result)s? of my|\b(?:know|stored?|have) about me\b|\bmy registered\b|\bremember (?:my|me|what i)\b|\bforgot my (?:password|number|id)\b|\breceived? my application\b|\b(?:register|sign) me\b|\bapply for me\b"
)
GUESS_EN = listed("predict guess estimate")
ORDER_EN = listed("(?:^|please_|you_)(?:cancel|withdraw|delete|reset|update|change|send|check|look_up)")
OWN_EN = listed("my_(?:application|address|phone|e-?mail|password|account|name|registration) to_my_e-?mail")

# ------------------------------------------------------------------ outside this field

LEISURE = listed(
    "ラーメン 居酒屋 (?:おいしい|美味しい|うまい|人気の|おすすめの)(?:お?店|レストラン|カフェ|ランチ|寿司|焼肉) 観光(?:スポット|地|名所|案内|コース) 見どころ 展望(?:室|台) 天気 気温 降水確率 花火大会 温泉 占い 星座 競馬 宝くじ 株価 日経平均 為替 レシピ 作り方 映画 アニメ 漫画 野球 サッカー"
    " observation_deck ramen sushi restaurants? sightseeing tourist weather horoscope recipe lottery_(?:ticket|number|result) movie football baseball"
)
# what people ask a city about, other than its jobs; a candidate's papers are asked about with the selection's words
ERRANDS = listed(
    "パスポート[のを] 旅券[のを] 住民票[のを] 印鑑(?:登録|証明) マイナンバーカード[のを] (?:運転)?免許証?の更新 都営住宅 公営住宅 市営住宅 確定申告の(?:し|や)方 住民税の ごみの(?:出し方|収集|分別)"
    " 粗大ごみ 水道料金 転入届 転出届 婚姻届 出生届 児童手当の申請 保育園の(?:申込|申し込み) 図書館の 救急車 迷子(?!で|に?な) 落とし物"
    " passport(?!-style) resident_card residence_certificate public_housing driver'?s_licen[cs]e tax_return garbage trash_collection"
    " marriage_registration lost_property library_card"
)
OF_JOBS = listed(
    "業務 仕事 事業 職員 ict 採用 選考 試験 受験 応募 入庁 入都 提出 システム アプリ デジタル dx staff job work exam selection hired digital"
)
AT_WORK = listed(
    "業務 仕事 事業 職員 入庁 入都 都に入 ict デジタル システム アプリ 資料の作り方 (?:書類|経歴書|資料|シート|アカウント)の作り方 部活 サークル 採用 選考 試験 staff job work project digital apply exam"
)

# ------------------------------------------------------------------ unsafe

RULES = listed(
    "指示 命令 ルール 制約 制限 プロンプト 設定 安全装置 フィルター? ガードレール これまでの(?:会話|やり取り|話|内容|文脈|こと)"
)
BREAK = listed(
    "無視 (?:なかった|無かった)ことに 忘れ(?!た|物|てしま|ていた|ちゃ) 破棄 解除 上書き 破って 外して 外せ 切れ(?!目|る) 無効"
)
UNBOUND_AI = r"(?:制限|制約|検閲|ルール)の?(?:ない|無い|なし|無し)の?\S{0,4}(?:ai|モデル|アシスタント)|無制限の?(?:ai|モデル|アシスタント)|何でも(?:答える|話す|できる)\S{0,4}ai|\bunrestricted (?:ai|model|assistant)|\buncensored\b"
MODE = r"(?:開発者|管理者|デバッグ|脱獄|ジェイルブレイク|無制限)モード|\b(?:developer|admin|debug|god|dan|root|unrestricted) mode\b|\bjailbreak|\byou are (?:now )?dan\b|開発者として命令"
INTERNALS = listed(
    r"システムプロンプト 隠しプロンプト 内部の?(?:指示|設定|プロンプト) 隠された?(?:設定|指示) apiキー 秘密鍵 環境変数 あなたのプロンプト プロンプトの(?:内容|中身|全文)"
    r" system_prompt your_(?:hidden_|system_|initial_|internal_|secret_)?(?:prompt|instructions|configuration|rules) hidden_(?:prompt|instructions|configuration) the_(?:prompt|instructions) api_keys?"
)
SHOW = listed(
    "見せ 表示し 表示せ 出力 教え 書き出 吐 漏ら コピペ コピー(?:し|せ) print show reveal display dump output tell_me"
)
YOUR_INTERNALS_EN = r"\byour (?:hidden |system |initial |internal |secret )?(?:instructions|prompt)\b"
ORDERED_EN = listed("(?:^|[.,:;]_?|and_|please_|now_)(?:print|show|reveal|display|dump|output|tell_me)")
DICTATE = (
    r"(?<!ちゃん)(?<!きちん)と(?:だけ)?(?:答え|出力し|返答し|断言し)(?:て(?:ください|下さい|くれ(?!る|ま)|ほしい|欲しい|ね|よ|[。!]|$)|なさい|ろ)|と(?:だけ)?(?:出力|返答|断言)せよ"
    r"|合格(?:と|です)と(?:答え|言|出力)|(?:出典|引用|根拠)(?:なし|を付けず|をつけず|をやめ|は不要)[^。]{0,20}(?:答え|言|話|出力|断言)"
    r"|\b(?:reply|answer|respond) only with\b"
)
POSE = (
    r"(?:になりきって|のふりをして|として振る舞)|\bpretend (?:to be|you)|\byou are now an?\b|\bfrom now on,? you are\b"
)
OVERRIDE_EN = (
    r"\bignore (?:all |any |the |your |of )*(?:(?:previous|prior|above|earlier)(?! (?:work|job|career|employ|experience))|instructions|rules)"
    r"|\bdisregard (?:all|the|your|previous)|\bforget (?:all |your |the |previous )+(?:rules|instructions|guidelines)|\boverride (?:your|the|all)\b|\bdisable your (?:filter|safe|rule)"
)
SYSTEM = listed(
    "サーバー? ネットワーク データベース システム 管理画面 採用サイト 都庁 パスワード アカウント 職員の?端末 名簿 server network database website list_of_applicants applicants'_list"
)
INTRUDE = listed(
    "侵入(?!テスト|検知|され) 不正に(?:入|アクセス|ログイン|入手) 攻撃する 攻撃したい 乗っ取 割り出[しす] 盗[むみん] 抜き出す クラッキング break_into hack_into steal"
)
HACK = listed(
    r"ハッキング(?:する|し|の?方法|の?やり方) 不正(?:アクセス|ログイン|侵入) 抜き出す方法 盗[むみん] クラッキング sqlインジェクション なりすま(?:して|す) (?:ddos)?攻撃(?:のかけ方|をしかけ|を仕掛け) 脆弱性(?:を|の)(?:突|教|攻) hack(?:ing|ed)?_(?:into|the)"
)
DEFENCE = listed(
    "対策 防止 防[ぐい] 対応 検知 被害 から守 研修 学[びべぶ] 訓練 知識 診断 仕事 業務 担当 training defen[cs]e protect part_of_the_job"
)
EXAM = listed("試験 適性検査 webテスト テスト 選考 面接 問題")
CHEAT = listed(
    r"カンニング 替え玉 裏口 賄賂 裏ルート 不正に 流出 漏洩 漏ら 流して(?:くれ|くだ|ほし) 事前に(?:手に入|入手|教え) 代わりに受け (?:友達|知人|誰か|他人)に受けて"
)
CHEAT_ALONE = listed(
    "カンニング 替え玉 裏口 賄賂 買収する 買収し(?:て|たい) cheat_(?:on|in) bribe* leak_the someone_else_take"
)
# somebody else who sits the test, or is at one's side in it; a way not to be noticed
PROXY = listed(
    r"(?:友だち|友達|友人|知人|知り合い|家族|親|兄弟|[兄姉弟妹]|同僚|先輩|他人|他の人|ほかの人|誰か|だれか|別の人|プロ|業者|代行)[にがをへ]{0,2}(?:[^。?、]{0,6}(?:代わりに|かわりに))?(?:解[いかくけ]|受け(?:て(?:も|くれ|ほし)|させ|るの)|やって|答え|代わ|替わ|手伝)"
)
SITTING = listed("試験(?!会場) 検査 テスト")
AIDED = listed("代わり かわり 解 カンペ メモ 調べ 検索 ai chatgpt 見ながら 横で 隣で")
UNNOTICED = listed("ばれ(?:な|ませ|ず|にくい|る) バレ(?:な|ませ|ず|にくい|る) 見つから(?:な|ず) 気づかれ(?:な|ず)")
PROXY_EN = (
    r"\b(?:friend|someone|somebody|brother|sister|colleague|another person|anyone else)\b[^.?]{0,20}\b(?:take|sit|do|solve|answer|write)\b[^.?]{0,40}\bfor me\b"
    r"|\b(?:test|exam)\b[^.?]{0,40}\bwithout (?:anyone|anybody|them|being|getting) (?:notic|know|caught|find)"
)
LEAK_EN = r"\bleaked\b[^.?]{0,30}\b(?:exam|test|question|paper)"
PREVENTION = listed("対策 防 被害 訓練 見分け")
PRETEND = "なりすま(?:し|す|せ)"
DECEIVE = listed("メール(?!の?対策) 電話 聞き出 だま 騙 受験(?:し|する) 応募(?:し|する) ログイン 文面 書いて")
ANSWERS = listed("(?:試験|検査|テスト|問題)の(?:答え|解答|正解)(?!合わせ)")
ANSWERS_EN = r"\banswers? (?:to|of|key for) the (?:\w+ )?(?:test|exam)\b|\b(?:test|exam) answers\b"
CAREER = listed("経歴 職歴 学歴 職務経験 年数 work_history resume experience")
FALSIFY = listed("詐称 偽[るりっ] 嘘 ごまか 盛[るっ] でっち lie_(?:about|on) fake")
LIE = listed("嘘の(?:経歴|職歴) 嘘を書い lie_about")
HARM = listed(
    "爆弾 爆破 殺[すし](?!菌) 殺人 自殺 死にたい 麻薬 覚醒剤 脅し(?:たい|て) 脅迫 (?:マルウェア|ウイルス)の?(?:作り方|を作) malware bomb suicide"
    " <script javascript: drop_table"
)
