"""Every setting of the product: read once, from the environment, into one frozen record.

The only file that reads the environment. Each field has its unit and default here and in the README's table (a test
compares them). With none set, everything works offline on the embedded default.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rag.types import SettingError

PREFIX = "ICTNAVI_"
Several = Annotated[tuple[str, ...], NoDecode]  # written with commas between
ORIGIN = re.compile(r"https://[a-z0-9.-]+(?::\d{1,5})?|http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?")
HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """`ICTNAVI_<FIELD>` sets a field; unknown names of that prefix are refused by `read_settings`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Annotated[Path, Field(description="データの置き場所(フォルダ)。公開版・原文・記録が入る")] = ROOT / ".ictnavi"
    corpus: Annotated[Path, Field(description="資料(corpus)のフォルダ")] = ROOT / "corpus"
    host: Annotated[str, Field(description="ページを開くアドレス")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="ページを開くポート番号")] = 7860
    root_path: Annotated[str, Field(description="逆プロキシの下に置くときのパス(例 /ict)")] = ""
    embeddings: Annotated[str | None, Field(description="埋め込みモデル provider:name。無ければ同梱の単語ベクトル")] = (
        None
    )
    chat_model: Annotated[
        str | None, Field(description="答えを書く言語モデル provider:name。無ければ資料の文を引用して答える")
    ] = None
    chat_base_url: Annotated[str | None, Field(description="互換サーバーのアドレス(例 http://127.0.0.1:8000/v1)")] = (
        None
    )
    chat_deadline: Annotated[float, Field(gt=0, le=120, description="言語モデルを待つ上限(秒、1つの答えの全部で)")] = (
        20.0
    )
    chat_max_tokens: Annotated[int, Field(ge=50, le=8000, description="言語モデルが1回に書く上限(トークン)")] = 600
    chat_daily_calls: Annotated[int, Field(ge=0, description="言語モデルを呼ぶ1日の上限(回)。超えたら引用で答える")] = (
        2000
    )
    chat_daily_tokens: Annotated[
        int, Field(ge=0, description="言語モデルに送り、受け取る1日の上限(トークン、多めの見積もり)")
    ] = 5_000_000
    chat_trace: Annotated[bool, Field(description="言語モデルとのやり取りを LangSmith に送ることを許すか")] = False
    question_limit: Annotated[int, Field(ge=50, le=10_000, description="質問の上限(文字)")] = 1000
    keep_questions: Annotated[
        int, Field(ge=0, le=30, description="伏せ字にした質問と評価を残す日数(日)。0 なら残さない")
    ] = 30
    client_rate: Annotated[int, Field(ge=1, le=100_000, description="1つの接続元から受ける質問の上限(問/分)")] = 30
    total_rate: Annotated[int, Field(ge=1, le=1_000_000, description="全体で受ける質問の上限(問/分)")] = 600
    trusted_proxies: Annotated[
        Several, Field(description="X-Forwarded-For を信じる逆プロキシのアドレスか範囲(「,」区切り)")
    ] = ()
    staff_header: Annotated[
        str | None,
        Field(description="認証する逆プロキシが、管理画面の利用者名を入れるヘッダー(例 X-Forwarded-User)"),
    ] = None
    embed_origins: Annotated[
        Several, Field(description="ページを埋め込んでよいサイト(「,」区切り。例 https://www.example.jp)")
    ] = ()
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="記録の細かさ。debug・info・warning・error")
    ] = "info"
    metrics_port: Annotated[
        int | None, Field(ge=1, le=65535, description="計測値(Prometheus)を出すポート番号。無ければ出さない")
    ] = None

    @field_validator("root_path")
    @classmethod
    def _leading_slash(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("「/」で始めてください")
        return value.rstrip("/")

    @field_validator("trusted_proxies", "embed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each, strict=False)
            except ValueError:
                raise ValueError(f"{each} はIPアドレスでも範囲(例 10.0.0.0/8)でもありません") from None
        return value

    @field_validator("staff_header")
    @classmethod
    def _header(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and not HEADER.fullmatch(value):
            raise ValueError("ヘッダーの名前(英数字と -)で書いてください")
        if value and not info.data.get("trusted_proxies"):
            raise ValueError("ICTNAVI_TRUSTED_PROXIES に、認証する逆プロキシのアドレスも書いてください")
        return value or None

    @field_validator("embed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not ORIGIN.fullmatch(each):
                raise ValueError(f"{each} は「https://ホスト名」の形ではありません(パスや末尾の「/」は付けない)")
        return value

    @field_validator("metrics_port", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("embeddings", "chat_model")
    @classmethod
    def _provider_and_name(cls, value: str | None) -> str | None:
        if not value:
            return None
        provider, colon, name = value.partition(":")
        if not (provider and colon and name):
            raise ValueError("「provider:name」の形で書いてください(例 openai:モデル名)")
        return value

    @field_validator("chat_base_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("http:// か https:// で始めてください")
        return value or None


def read_settings(**given: object) -> Settings:
    """The settings of this process; `given` (from options) goes before the environment.

    Raises:
        SettingError: a value is of the wrong form; the message names the variable and what is wrong.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks the values, which is the point
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise SettingError(f"設定 {name}={first.get('input')!s} は使えません: {first['msg']}") from error
