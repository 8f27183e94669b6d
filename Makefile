# bonafide. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
BIN := bin
TOOLS := $(CURDIR)/$(BIN)/tools
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
GOLANGCI := v2.15.0
GOVULNCHECK := v1.8.0
CYCLONEDX := v1.10.0
export CGO_ENABLED ?= 1

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: build
build: ## build bin/bonafide, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$(VERSION)" -o $(BIN)/bonafide ./cmd/bonafide

.PHONY: run
run: build ## build, load the reference registry and a demo world, serve http://127.0.0.1:8080
	BONAFIDE_SEED=$${BONAFIDE_SEED:-demo} $(BIN)/bonafide serve

.PHONY: test
test: compiler postgres browser pictures sheets judges token starts ## every test, with -race, on SQLite and PostgreSQL, and the browser tests
	$(GO) run ./internal/store/storetest/cluster -- $(GO) test $(TAGS) -race -shuffle=on -timeout 40m ./...

.PHONY: faults
faults: postgres ## the service under faults: killed, cut off, hung, slow, full, clocks set wrong (BONAFIDE_TEST_DICE=n for another run)
	$(GO) run ./internal/store/storetest/cluster -- $(GO) test -count=1 -v -timeout 20m -run '^Test(Fault|Database|Cut|PrimaryFails|Replica|FullDisk|EveryCrash|ALostAnswer|RestoreTo|StopFinishes|ThroughPgBouncer)' ./cmd/bonafide

.PHONY: compiler
compiler:
	@command -v $${CC:-gcc} >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gcc libc6-dev >/dev/null; } || \
	{ echo "a C compiler is missing, which the race detector needs" >&2; exit 1; }

.PHONY: postgres
postgres:
	@{ ls /usr/lib/postgresql/*/bin/initdb || command -v initdb; } >/dev/null 2>&1 && command -v pgbouncer >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql pgbouncer >/dev/null; } || \
	{ echo "PostgreSQL's programs or PgBouncer are missing: their tests cannot run" >&2; [ -z "$$CI" ]; }

# A PKCS #11 token in software. Where there is none, its tests are left out.
TAGS = $(shell command -v softhsm2-util >/dev/null && echo -tags pkcs11)
.PHONY: token
token:
	@command -v softhsm2-util >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq softhsm2 >/dev/null; } || \
	{ echo "SoftHSM is missing: keys in hardware are not tested" >&2; [ -z "$$CI" ]; }

.PHONY: pictures
pictures:
	@{ command -v pngcheck && command -v exiftool && command -v zbarimg && command -v pdftotext; } >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq pngcheck libimage-exiftool-perl zbar-tools poppler-utils >/dev/null; } || \
	{ echo "pngcheck, exiftool, zbarimg or pdftotext is missing: pictures and PDFs are not judged by other programs" >&2; [ -z "$$CI" ]; }

.PHONY: sheets
sheets:
	@/usr/bin/python3 -c 'import openpyxl' 2>/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-openpyxl >/dev/null; } || \
	{ echo "python3-openpyxl is missing: workbooks are not read by another program" >&2; [ -z "$$CI" ]; }

# What the quick starts and deploy/hub/anchors.sh are run with, beside Go and node.
.PHONY: starts
starts:
	@{ command -v curl && command -v openssl && command -v od && command -v python3; } >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq curl openssl coreutils python3 >/dev/null; } || \
	{ echo "curl, openssl, od or python3 is missing: quick starts cannot run" >&2; [ -z "$$CI" ]; }

.PHONY: browser
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
	{ echo "Chromium is missing: the browser tests cannot run" >&2; [ -z "$$CI" ]; }

# The independent implementations that judge what is issued, at the versions of
# their lock file. A registry mirror is configured outside, as npm has it.
.PHONY: judges
judges:
	@command -v npm >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm >/dev/null; } || true
	@cd internal/interoptest && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund --silent; } || \
	{ echo "npm or its packages are missing: the independent implementations cannot run" >&2; [ -z "$$CI" ]; }

.PHONY: lint
lint: $(TOOLS)/golangci-lint $(TOOLS)/govulncheck ## linters and the vulnerability check
	$(TOOLS)/golangci-lint run ./...
	@if [ -n "$$BONAFIDE_VULNDB" ]; then $(TOOLS)/govulncheck -db "$$BONAFIDE_VULNDB" ./...; \
	elif timeout 5 bash -c "exec 3<>/dev/tcp/vuln.go.dev/443" 2>/dev/null; then $(TOOLS)/govulncheck ./...; \
	else echo "vulnerability check not made: the database at vuln.go.dev cannot be reached (set BONAFIDE_VULNDB to a copy)" >&2; fi

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)

$(TOOLS)/govulncheck:
	GOBIN=$(TOOLS) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK)

.PHONY: generate
generate: ## write what is generated: the OpenAPI description, the page of red-flag rules
	$(GO) generate ./...

.PHONY: verify
verify: generate ## regenerate and fail if anything generated was out of date
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@git diff --exit-code --stat -- openapi pkg/redflag/RULES.md || { echo "generated files are out of date: run make generate and commit"; exit 1; }

.PHONY: reproducible
reproducible: ## build twice from copies in different folders and compare the bytes
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && for i in one two; do mkdir "$$dir/$$i" && git archive HEAD | tar -x -C "$$dir/$$i" && \
	$(MAKE) -s -C "$$dir/$$i" build VERSION=$(VERSION); done && cmp "$$dir/one/bin/bonafide" "$$dir/two/bin/bonafide" && sha256sum < "$$dir/one/bin/bonafide"

.PHONY: upgrade
upgrade: postgres ## run the program before the last migration on the schema of this one (OLD=commit for another)
	@old=$${OLD:-$$(git log -1 --diff-filter=A --format=%H -- internal/store/migrations/sqlite)^}; dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	git archive "$$old" | tar -x -C "$$dir" && $(MAKE) -s -C "$$dir" build && \
	BONAFIDE_TEST_OLD_PROGRAM="$$dir/bin/bonafide" $(GO) run ./internal/store/storetest/cluster -- $(GO) test -run TestOldProgramOnNewSchema -v ./cmd/bonafide

.PHONY: torture
torture: postgres ## kill the server twenty times during a batch of 10000 lines, on both engines, and count
	BONAFIDE_TEST_LINES=10000 BONAFIDE_TEST_KILLS=20 BONAFIDE_TEST_DURABLE=1 $(GO) run ./internal/store/storetest/cluster -- $(GO) test -count=1 -run TestKilledWhileIssuing -timeout 30m -v ./cmd/bonafide

.PHONY: sbom
sbom: build $(TOOLS)/cyclonedx-gomod ## the bill of materials of bin/bonafide, CycloneDX, with licences: bin/bonafide.cdx.json
	$(TOOLS)/cyclonedx-gomod bin -json -licenses -version $(VERSION) -output $(BIN)/bonafide.cdx.json $(BIN)/bonafide

$(TOOLS)/cyclonedx-gomod:
	GOBIN=$(TOOLS) $(GO) install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX)

.PHONY: bench
bench: postgres ## lookup, issue and verify, each beside its floor in the same run; ends in a table (settings: cmd/bonafide/bench_test.go)
	BONAFIDE_TEST_DURABLE=1 $(GO) run ./internal/store/storetest/cluster -- $(GO) test -run '^$$' -bench Floors -benchtime 1x -timeout 1h ./cmd/bonafide
