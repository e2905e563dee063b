# Thin commands, all on .venv/. Another Python: `make setup PYTHON=python3.12`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
BUILD := requirements-build.lock
LOCK = $(UV) pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"
INSTALL_PRODUCT = $(UV) pip install --quiet --python $(BIN)/python --no-deps --build-constraints $(BUILD) --editable .

.PHONY: help setup setup-dev chat test test-full check bench lock audit sbom screenshots

help:  ## これらのコマンドの一覧
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 22

setup: $(VENV)/.installed  ## .venv を作り、固定した版をすべて入れる(二度目からは何もしない)

setup-dev: $(VENV)/.installed-dev  ## 同じものと、テスト・検査の道具

chat: setup  ## ページを開く(初回は公開データを作る) http://127.0.0.1:7860
	@$(BIN)/python app.py

test: setup-dev  ## 速いテスト
	$(BIN)/pytest -m "not browser and not full" -n auto --maxprocesses 4 --dist loadfile

test-full: setup-dev  ## 長いテストも。脅威の表を印字し docs/security-results.md に書く(ほかのブラウザのテストは .ci/run)
	$(BIN)/pytest -m "not browser" -n auto --maxprocesses 4 --dist loadfile --security-results=docs/security-results.md

check: setup-dev  ## ruff・mypy と速いテスト
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not browser and not full" -n auto --maxprocesses 4 --dist loadfile

bench: setup  ## 速さ・大きさ・負荷を測る(BENCH="--setup" で導入の時間も、"--full" で負荷を約束の長さで)
	@$(BIN)/python -m bench $(BENCH)

screenshots: setup-dev  ## 説明書の画面写真を、本物のページから撮る(chromium が要る)
	@$(BIN)/python -m bench.screenshots
	@$(BIN)/python -m bench.model_shots

STATED = $(shell grep -oE '(CVE|GHSA|PYSEC)-[0-9A-Za-z-]+' docs/advisories.md | sort -u)

audit: setup-dev  ## 固定した版に、書面(docs/advisories.md)のない勧告がないか調べる(勧告の取得に通信が要る)
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip $(addprefix --ignore-vuln ,$(STATED))

sbom: setup-dev  ## 部品の一覧(CycloneDX)を build/sbom.json に書く(通信は要らない)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json requirements.lock
	@$(BIN)/python -c 'import json; print("build/sbom.json:", len(json.load(open("build/sbom.json"))["components"]), "部品")'

lock: $(VENV)/.tools  ## ロックファイルを作り直す(UPGRADE=--upgrade で新しい版へ)
	$(LOCK) --output-file $(BUILD) --group build
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --output-file requirements-dev.lock --group dev --constraints requirements.lock pyproject.toml

$(VENV)/.tools: $(BUILD)
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) が見つかりません。Python 3.11〜3.14 を入れてください。" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { echo "Python 3.11〜3.14 が必要です($(PYTHON) は $$($(PYTHON) -V 2>&1))。あれば make PYTHON=python3.12 のように指定してください。" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python の venv がありません。Debian・Ubuntu では sudo apt-get install python3-venv で入ります。" >&2; exit 1; }
	@echo ".venv を作っています"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(BUILD)
	@touch $@

# once the tools for tests are there, a later `make chat` must not take them away again: it syncs the larger lock
$(VENV)/.installed: $(VENV)/.tools requirements.lock pyproject.toml
	@test ! -e $@-dev || $(MAKE) --no-print-directory $@-dev
	@test -e $@-dev || $(UV) pip sync --python $(BIN)/python --require-hashes requirements.lock
	@test -e $@-dev || $(INSTALL_PRODUCT)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.tools requirements-dev.lock pyproject.toml
	@$(UV) pip sync --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(INSTALL_PRODUCT)
	@touch $(VENV)/.installed $@
