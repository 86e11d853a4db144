.DEFAULT_GOAL := help
SHELL := /bin/bash

help: ## these lines
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## local cluster, operator, flagship app; prints its URL
	@scripts/up

down: ## ends and removes what up made; the cache and target/ stay
	@scripts/down

check: ## all that needs no cluster: format, lints, unit, case, property, drift and shape tests
	@scripts/check

test: ## everything: check, the api suite on a real kube-apiserver, the cluster suite on a real node
	@scripts/test

mutants: ## removes every removable line of the planner, one at a time; a case must fail for each
	@cargo run --quiet -p aegis-mutants

bench: ## the operator beside a bare client and kubectl, on a real API server; APPS=200 ROUNDS=3 RESYNCS=100 EDITS=60
	@scripts/bench

generate: ## writes what follows from the types: the CRD, in crds/ and in the chart, the manifest's schema, docs/reference
	@cargo run -q -p aegis-crds --bin aegis-generate | tee crds/aegisapp.yaml > charts/aegis/files/aegisapp.yaml
	@cargo run -q -p aegis-crds --bin aegis-generate manifest > crds/manifest.schema.json
	@cargo run -q -p aegis-check --bin aegis-schemas operator/check/schemas
	@for page in aegisapp.md manifest.md; do cargo run -q -p aegis-crds --bin aegis-generate $$page > docs/reference/$$page; done
	@AEGIS_BLESS=1 cargo test -q -p aegis-tests --test drift contract >/dev/null
	@AEGIS_BLESS=1 cargo test -q -p aegis-cli --bin aegisctl reference >/dev/null

fmt: ## formats the code
	@cargo fmt --all

docker: ## starts Debian's Docker where no engine answers
	@tests/kubernetes/tools docker && tests/kubernetes/docker up

.PHONY: help up down check test mutants bench generate fmt docker
