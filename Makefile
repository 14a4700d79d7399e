# Gauger: one make target for each thing a person wants to do. Plain POSIX make and sh.
#
#   make demo    build the program and play the built-in story once
#   make test    everything that must hold before a change goes in
#   make bench   measure
#   make soak    every fault of the ledger's disk, and the books over 100,000 random networks, for an hour or so
#   make build   ./gauger for this machine, static
#   make clean   remove what these targets made

.POSIX:
.PHONY: build demo test bench soak clean need-go need-test fmt vet staticcheck vuln race networks platforms worlds tidy
.NOTPARALLEL:

GO = go
# For the tests of one package; the longest one takes about a minute on two cores.
TIMEOUT = 10m
# What became of govulncheck, for the summary: it may not have been run.
VULN = .ci/vuln.out
# The go command must not change go.mod behind our back.
goflags = GOFLAGS="$$GOFLAGS -mod=readonly"; export GOFLAGS

build: need-go
	@echo "== build ./gauger (static, no C compiler needed)"
	@$(goflags); CGO_ENABLED=0 $(GO) build -trimpath -o gauger ./cmd/gauger

demo: build
	@echo "== ./gauger demo --once"
	@./gauger demo --once

test: need-go need-test fmt vet staticcheck vuln race networks platforms worlds tidy build
	@echo "== summary"
	@echo "passed: gofmt, vet, staticcheck, tests with the race detector, the books over random networks, metrology on arm64 and wasm, whole worlds without it, go mod tidy, static build"
	@cat $(VULN)

bench: need-go
	@echo "== benchmarks (one run each; compare only figures of one quiet machine)"
	@$(goflags); $(GO) test -run '^$$' -bench . -benchmem -timeout $(TIMEOUT) ./...

clean:
	rm -rf gauger demo-data $(VULN)

# Go itself: 1.26 or newer, or one that fetches it as go.mod asks.
need-go:
	@v=$$($(GO) env GOVERSION 2>/dev/null) || v='none'; \
	case "$$v" in \
	go1.2[6-9]*|go1.[3-9][0-9]*|go[2-9]*|devel*) echo "== Go: $$v" ;; \
	*) echo "Go 1.26 or newer is needed, found: $$v. Get it from https://go.dev/dl/ and put its bin folder on the PATH." >&2; exit 1 ;; \
	esac

# A C compiler for the race detector, an emulator of arm64, strace to make the ledger's disk fail, a TPM, a PKCS#11 module and an SSH agent
# to keep keys in, and Python 3.10 with cryptography for the second, independent verifier, which its tests look for in the same two places.
has_python = /usr/bin/python3 -c $(needs) 2>/dev/null || python3 -c $(needs) 2>/dev/null
needs = 'import sys, cryptography; assert sys.version_info >= (3, 10)'
can_compile = echo 'int main(void) { return 0; }' | $$($(GO) env CC) -x c -o /dev/null - 2>/dev/null
find_missing = missing=; \
	{ $(has_python); } || missing="python3 python3-cryptography "; \
	$(can_compile) || missing="$${missing}gcc libc6-dev "; \
	command -v strace >/dev/null || missing="$${missing}strace "; \
	command -v qemu-aarch64 >/dev/null || missing="$${missing}qemu-user "; \
	command -v swtpm >/dev/null || missing="$${missing}swtpm "; \
	command -v softhsm2-util >/dev/null || missing="$${missing}softhsm2 "; \
	command -v pkcs11-tool >/dev/null || missing="$${missing}opensc "; \
	command -v ssh-agent >/dev/null || missing="$${missing}openssh-client"

need-test:
	@$(find_missing); \
	[ -n "$$missing" ] || { echo "== tools: a C compiler, qemu-aarch64, strace, swtpm, SoftHSM, OpenSC, ssh-agent and Python with cryptography are here"; exit 0; }; \
	install="apt-get install -y --no-install-recommends $$missing"; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The tests need" $$missing". On Debian: sudo $$install" >&2; exit 1; fi; \
	echo "== tools: $$install"; \
	apt-get -q update && DEBIAN_FRONTEND=noninteractive $$install; \
	$(find_missing); \
	[ -z "$$missing" ] || { echo "Still missing after that:" $$missing >&2; exit 1; }

fmt:
	@echo "== gofmt"
	@files=$$(gofmt -l .) || exit 1; \
	[ -z "$$files" ] || { echo "not formatted, run gofmt -w on:" >&2; echo "$$files" >&2; exit 1; }

vet:
	@echo "== go vet"
	@$(goflags); $(GO) vet ./...

staticcheck:
	@echo "== staticcheck"
	@$(goflags); $(GO) tool staticcheck ./...

# Exit code 3 of govulncheck is a finding. Without its database nothing was checked, and the summary says so.
vuln:
	@echo "== govulncheck"
	@rm -f $(VULN); $(goflags); \
	code=0; out=$$($(GO) tool govulncheck ./... 2>&1) || code=$$?; echo "$$out"; \
	if [ $$code = 0 ]; then echo "passed: govulncheck" > $(VULN); exit 0; fi; \
	if [ $$code != 3 ] && echo "$$out" | grep -Eq 'fetching vulnerabilities|no such host|dial tcp|i/o timeout'; then \
		echo "NOT RUN: govulncheck: its database cannot be reached" | tee $(VULN); exit 0; fi; \
	exit 1

race:
	@echo "== go test -race"
	@$(goflags); CGO_ENABLED=1 $(GO) test -race -timeout $(TIMEOUT) $$($(GO) list ./... | grep -v '/cmd/gauger$$')

# That books close and lineage adds up, over random networks of tanks, lines and streams, is worth more draws than other properties.
NETWORKS = ./cloud/custody ./cloud/lineage -run 'TestBooksAlwaysClose|TestSharesAlwaysAddUp|TestTrailsAddUp|TestInputsAreConserved|TestPositionsAddUp'
networks:
	@echo "== the books over 5,000 random networks"
	@$(goflags); $(GO) test -timeout $(TIMEOUT) $(NETWORKS) -rapid.checks=5000

soak: need-go
	@echo "== every fault of the ledger's disk"
	@$(goflags); $(GO) test -timeout 1h -count=1 ./ledger/tilelog -run TestFaultAtEveryOperation -faults.every=1
	@echo "== the books over 100,000 random networks"
	@$(goflags); $(GO) test -timeout 10h -count=1 $(NETWORKS) -rapid.checks=100000

# What is computed at the edge is computed anew by whoever checks it, on whatever machine: the figures must be the same on one that
# fuses multiplication and addition (arm64) and in a browser (wasm).
WASM = env -u GOOS -u GOARCH $(GO) tool wazero run -mount=.:/ -mount=/tmp:/tmp
platforms:
	@echo "== go test ./metrology/... on arm64 (qemu) and wasm (wazero)"
	@$(goflags); GOARCH=arm64 CGO_ENABLED=0 $(GO) test -timeout $(TIMEOUT) -exec qemu-aarch64 ./metrology/...
	@$(goflags); GOOS=wasip1 GOARCH=wasm $(GO) test -timeout $(TIMEOUT) -exec "$(WASM)" ./metrology/...

# The whole worlds of cmd/gauger run as dozens of processes of the test's own binary: with the race detector in each of them
# they take ten times as long, and what they do inside is raced in its own packages.
worlds:
	@echo "== go test ./cmd/gauger (whole worlds, faults, the built-in story)"
	@$(goflags); $(GO) test -timeout 20m ./cmd/gauger

tidy:
	@echo "== go mod tidy -diff"
	@$(goflags); $(GO) mod tidy -diff
