"""Every setting of the product: read once, from the environment, into one frozen record.

The only file that reads the environment. Each field has its unit and default here and in the README's table (a test
compares them). With none set, everything works offline on the embedded default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.types import SettingError

PREFIX = "ICTNAVI_"
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
    question_limit: Annotated[int, Field(ge=50, le=10_000, description="質問の上限(文字)")] = 1000

    @field_validator("root_path")
    @classmethod
    def _leading_slash(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("「/」で始めてください")
        return value.rstrip("/")

    @field_validator("embeddings")
    @classmethod
    def _provider_and_name(cls, value: str | None) -> str | None:
        if not value:
            return None
        provider, colon, name = value.partition(":")
        if not (provider and colon and name):
            raise ValueError("「provider:name」の形で書いてください(例 openai:text-embedding-3-small)")
        return value


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
