# `make run` and `make test` are all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
export PYTHONPATH := layers/shared

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install what the project needs (kept between runs)
	@tools/setup

lock: setup ## resolve requirements/*.in and layers/shared/requirements.in again
	@tools/lock

lint: setup ## ruff and mypy
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

build: setup ## build the functions and the layer (sam build, cached)
	@tools/build

run: setup ## the whole product on this machine: console, API, AWS, Atlassian simulator
	@exec $(BIN)/python -m local

stop: ## end what `make run` started
	@$(BIN)/python -m local stop

test: lint build ## everything: style, types, all tests, the browser too
	@tools/browser
	$(BIN)/pytest -n 2 --dist loadfile

bench: setup ## speed, cost and fidelity of converter and sync beside the field's
	@bench/run

scale: setup build ## 50,000 pages through the sync worker, its memory watched; workers killed twenty times during 2,000; a workspace erased
	@PYTHONPATH=.:layers/shared:functions/sync $(BIN)/python -m bench.scale
	@$(BIN)/pytest -s -m scale tests/e2e

.PHONY: bench scale help setup lock lint build run stop test
