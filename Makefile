# One command each; `make help` lists them. Nothing is written outside this folder.
# Every program is called through its interpreter, because a script's first line cannot hold a long path or one with spaces.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.requirements
REQUIREMENTS := requirements/base.txt requirements/dev.txt pyproject.toml
PORT ?= 8000
SIZE ?= 1
TESTS ?=

.PHONY: help setup demo test lint bench clean browser spark

help: ## 列出全部命令
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

setup: ## 安装到 .venv，已是最新则不重装
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo '需要 Python 3.11 或更高版本。可用 make PYTHON=/路径/python3.11 指定。'; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo '这个 Python 缺少 venv 模块。Debian 和 Ubuntu 请先安装 python3-venv。'; exit 1; }
	@sum=$$(cat $(REQUIREMENTS) | cksum; pwd); \
	if [ -x $(PY) ] && [ "$$(cat $(STAMP) 2>/dev/null)" = "$$sum" ]; then exit 0; fi; \
	rm -f $(STAMP); \
	{ [ -x $(PY) ] && $(PY) -c 'import pip' 2>/dev/null && grep -qF "$$(pwd)" .venv/.place 2>/dev/null; } || \
		{ rm -rf .venv && "$(PYTHON)" -m venv .venv && pwd > .venv/.place || exit 1; }; \
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt -r requirements/dev.txt && \
	$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . && \
	echo "$$sum" > $(STAMP)

demo: setup ## 装载演示区并启动系统（PORT=8000 SIZE=1）
	@$(PY) -m wangge.config.cli demo --port $(PORT) --size $(SIZE)

test: setup browser spark lint ## 检查并跑全部测试（TESTS=路径 只跑一部分）
	@$(PY) -m pytest -q -n 2 $(TESTS)

lint: setup ## 格式、规则、类型、分层、迁移、词汇表、模板
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy wangge archlint.py
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	@$(PY) -m wangge.config.lint

bench: setup ## 跑 bench/ 下的全部测速
	@status=0; for file in bench/[a-z]*.py; do echo "== $$file"; PYTHONPATH=. $(PY) "$$file" || status=1; done; exit $$status

# Journeys run in a real browser. As root on a system with apt it is fetched; elsewhere the tests say what they lack.
browser:
	@command -v chromium >/dev/null 2>&1 && fc-list :lang=zh 2>/dev/null | grep -q . && [ -x /usr/sbin/mosquitto ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		{ apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig mosquitto; } >/dev/null 2>&1 || true; \
	fi; \
	command -v chromium >/dev/null 2>&1 || echo '没有 Chromium，浏览器测试将跳过。请安装 chromium 和 fonts-noto-cjk。'; \
	[ -x /usr/sbin/mosquitto ] || echo '没有 mosquitto，设备接入的测试将跳过。请安装 mosquitto。'

# Linkage on a cluster is proved where there is a Java; elsewhere its test says what it lacks.
spark: setup
	@command -v java >/dev/null 2>&1 || { echo '没有 Java，集群关联的测试将跳过。请安装 Java 17。'; exit 0; }; \
	$(PY) -c 'import pyspark' 2>/dev/null || \
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/spark.txt || \
	echo '没有装上 pyspark，集群关联的测试将跳过。'

clean: ## 删除 .venv 和各种缓存；var 中的数据不动
	@rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
