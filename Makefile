# The jobs of a developer. `make` alone lists them. Each says what it does, and can be run again at any time.

SHELL := /bin/sh
SWIFT ?= swift
PYTHON ?= python3
CONFIG ?= deploy/dev.yaml

SOURCES := Package.swift Sources Tests bench/HubBench bench/JetStreamBench bench/LogBench bench/TokenBench
RELEASE := .build/release/sluice

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@echo 'Sluice. Targets:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
	    || sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' $(MAKEFILE_LIST)

.PHONY: run
run: tools certs ## build and start the gateway with a page to try it, development certificates and keys
	@echo 'run: building a release; the first time takes several minutes, later only what changed'
	@$(SWIFT) build -c release --product sluice
	@exec $(RELEASE) demo --config $(CONFIG)

.PHONY: cluster
cluster: tools certs .venv/ready ## start three gateways on three NATS servers, behind HAProxy, with the demo, and kill what you like
	@.ci/need haproxy 'the balancer' python3 'starts all of it'
	@$(SWIFT) build -c release --product sluice
	@exec $(PYTHON) deploy/cluster/try.py --control 8466 --demo 8467,8468,8469

.PHONY: build
build: tools ## build the program for debugging
	@.ci/phase 'build (debug)' $(SWIFT) build

.PHONY: check
check: tools room-tools ## the loop while you work: check format, build, and run the tests of the rooms; ROOM=TokenAuth runs one room's
	@.ci/phase 'format' $(MAKE) --no-print-directory lint
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@.ci/phase 'tests of the rooms' $(SWIFT) test --skip-build --disable-xctest $(if $(ROOM),--filter '^$(ROOM)Tests\.',--skip BlackBoxTests)
	@echo
	@echo 'check: passed; `make test` also runs the tests from outside'

.PHONY: room-tools
room-tools:
	@.ci/need openssl 'makes certificates in the tests' binutils 'nm lists the symbols of the binary'

.PHONY: test
test: tools test-tools ## check format, build, and run every test, installing what they need
	@.ci/phase 'format' $(MAKE) --no-print-directory lint
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@.ci/phase 'tests of the rooms' $(SWIFT) test --skip-build --disable-xctest --skip BlackBoxTests
	@.ci/phase 'tests from outside (the real binary)' $(SWIFT) test --skip-build --disable-xctest --filter BlackBoxTests
	@echo
	@echo 'test: everything passed'

.PHONY: fuzz
fuzz: tools ## throw three million random and mutated requests at the request handling; takes twenty minutes
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_FUZZ_ITERATIONS=1000000 .ci/phase 'fuzzing the request handling, 3,000,000 inputs' \
	    $(SWIFT) test --skip-build --disable-xctest --filter "RequestFuzzTests|KnownHeadTests"

.PHONY: schedules
schedules: tools ## run ten thousand random schedules of two hubs on one store, with outages and new epochs; a minute or two
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_SCHEDULES=10000 .ci/phase '10,000 schedules' \
	    $(SWIFT) test --skip-build --disable-xctest --filter SimulationTests

.PHONY: certs
certs: ## make development certificates and keys in certs/dev, unless they are there
	@.ci/need openssl 'makes certificates'
	@certs/make-certs.sh

.PHONY: certs-renew
certs-renew: ## make a new development server certificate, keeping the authority and the token keys
	@.ci/need openssl 'makes certificates'
	@certs/make-certs.sh --renew

.PHONY: format
format: ## write all Swift files in the project's format
	@echo 'format: writing $(SOURCES) as .swift-format says'
	@$(SWIFT) format --in-place --recursive --parallel --configuration .swift-format $(SOURCES)

.PHONY: lint
lint: ## check that all Swift files have the project's format
	@echo 'lint: checking $(SOURCES) against .swift-format; to repair: make format'
	@$(SWIFT) format lint --strict --recursive --parallel --configuration .swift-format $(SOURCES)

.PHONY: bench
bench: tools certs bench-tools ## measure a release build beside nchan and a Go server, where installed; YARDSTICK=folder measures more
	@bench/run.sh

.PHONY: bench-versions
bench-versions: tools certs bench-tools ## measure this version and another in turn, and say what is noise (FROM=, or OLD= and NEW=)
	@bench/versions.sh

.PHONY: bench-curves
bench-curves: tools certs bench-tools ## measure the cost by streams, events, payload, topics and event loops; needs YARDSTICK
	@SCENARIOS=curves bench/run.sh

.PHONY: bench-kernel
bench-kernel: ## measure what the kernel's ways to send cost: send, io_uring, MSG_ZEROCOPY
	@mkdir -p .build/bench && $(CC) -O2 -Wall -Wextra -o .build/bench/kernel bench/kernel.c
	@.build/bench/kernel 1000 180 300 && .build/bench/kernel 100 16000 300 && .build/bench/kernel 20 200000 300

.PHONY: bench-profile
bench-profile: tools certs bench-tools ## sample where the gateway's time goes; needs YARDSTICK
	@.ci/need linux-perf 'takes the samples'
	@bench/profile.sh

.PHONY: bench-report
bench-report: ## write what was measured into README.md and the capacity page, and draw its plot
	@.ci/need python3 'makes the tables'
	@$(PYTHON) bench/table.py $(or $(RESULTS),bench/results) --write

.PHONY: bench-log
bench-log: tools ## measure the event logs alone: what a replay costs, and how many events a second are safe
	@$(SWIFT) run -c release LogBench

.PHONY: bench-hub
bench-hub: tools ## measure how long a publish holds what event loops share, with up to 32 of them, and model as many cores
	@mkdir -p .build/bench
	@$(SWIFT) run -c release HubBench | tee .build/bench/hub.md
	@$(PYTHON) bench/cores.py .build/bench/hub.md

.PHONY: bench-jetstream
bench-jetstream: tools test-tools ## measure the log on JetStream beside a bare client of NATS; SERVERS=3 SYNC=always ONLY=publish
	@$(SWIFT) build -c release --product JetStreamBench
	@bench/jetstream.sh

.PHONY: bench-one-stream
bench-one-stream: .venv/ready ## measure where one stream of JetStream ends on three servers that sync always; a minute
	@.venv/bin/python bench/one_stream.py

.PHONY: bench-tokens
bench-tokens: tools ## measure what it costs to verify a token, by its key's algorithm
	@.ci/need python3 'takes the keys out of a fixture'
	@mkdir -p .build && $(PYTHON) bench/token_keys.py > .build/token-bench-keys.json
	@$(SWIFT) run -c release TokenBench .build/token-bench-keys.json

.PHONY: bench-loss
bench-loss: tools certs ## measure slow readers, mass reconnects and durable publishes, each event accounted for
	@.ci/need util-linux 'taskset pins the programs to cores' curl 'asks the gateway whether it is ready'
	@bench/loss.sh

.PHONY: bench-presence
bench-presence: tools certs bench-tools ## measure how late events are while 1,000 of 10,000 streams are revoked, and all users read
	@$(SWIFT) build -c release --product sluice
	@$(PYTHON) bench/presence.py

.PHONY: bench-neighbours
bench-neighbours: tools certs test-tools ## measure what other gateways cost one: 10,000 and 100,000 users there, and 100,000 events
	@$(SWIFT) build -c release --product sluice
	@.venv/bin/python bench/neighbours.py

.PHONY: bench-floods
bench-floods: tools certs bench-tools ## measure how late events are while one address, token or issuer's strangers flood
	@.ci/need openssl 'makes the key of a provider'
	@$(SWIFT) build -c release --product sluice
	@$(PYTHON) bench/floods.py

.PHONY: bench-identity
bench-identity: tools certs bench-tools ## measure handshakes with tokens, cookies, kept sessions, revocations, and presence under load
	@$(SWIFT) build -c release --product sluice
	@$(PYTHON) bench/identity.py

.PHONY: bench-instructions
bench-instructions: tools certs bench-tools ## count instructions, references and allocations of a publish, a delivery, a handshake; fails beyond 2 %
	@.ci/need binutils 'nm lists the functions'
	@$(SWIFT) build -c release --product sluice
	@$(PYTHON) bench/instructions.py

.PHONY: bench-cluster
bench-cluster: tools certs bench-tools test-tools ## measure three gateways on three NATS servers: latency across nodes, fan-out, a node's end
	@$(SWIFT) build -c release --product sluice
	@$(PYTHON) bench/cluster.py

.PHONY: bench-tools
bench-tools:
	@.ci/need util-linux 'taskset pins the programs to cores' curl 'asks the gateway whether it is ready' \
	    python3 'issues tokens, and makes the tables'
	@[ -z "$(YARDSTICK)" ] || .ci/need nginx 'a server to compare with' libnginx-mod-nchan 'makes event streams of it'

.PHONY: docs
docs: tools ## make a web site of the articles and of NIOOpenSSL in .build/docs; serve it: python3 -m http.server -d .build/docs
	@.ci/phase 'build (debug)' $(SWIFT) build
	@.ci/phase 'documentation' .ci/docs .build/docs
	@echo 'docs: wrote .build/docs; it starts at documentation/sluice/'

.PHONY: tables
tables: tools ## write the lists of problem codes, in the protocol's article and in openapi.yaml, from the code
	@$(SWIFT) build --build-tests
	@SLUICE_WRITE_TABLES=1 $(SWIFT) test --skip-build --disable-xctest --filter ProblemTableTests

.PHONY: js
js: ## write dist/js: the module for pages as an npm package with types, to be installed from its folder
	@deploy/js/make.sh dist/js
	@echo 'js: wrote dist/js; in an application: npm install $(CURDIR)/dist/js'

# Each reader of strangers' bytes by libFuzzer, one after another; SECONDS is for each.
.PHONY: fuzz-parsers
fuzz-parsers: SECONDS ?= 60
fuzz-parsers: tools ## search each reader of strangers' bytes with libFuzzer; TARGET= names one, SECONDS= is for each
	@SLUICE_FUZZER=1 .ci/phase 'build for fuzzing' \
	    $(SWIFT) build --sanitize fuzzer --scratch-path .build/fuzzing --product Fuzzer
	@.ci/fuzz-parsers $(SECONDS) $(TARGET)

.PHONY: crash
crash: tools test-tools ## kill the gateway a hundred times while publishers publish, and account for every event
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_KILLS=100 .ci/phase '100 kills' $(SWIFT) test --skip-build --disable-xctest --filter CrashTests

.PHONY: log-faults
log-faults: tools test-tools ## take the event log away in a hundred ways under traffic, and account for every event
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_LOG_FAULTS=100 .ci/phase '100 faults' $(SWIFT) test --skip-build --disable-xctest --filter LogFaultTests

.PHONY: cluster-faults
cluster-faults: tools test-tools ## kill, pause and cut servers and gateways of a cluster for ten minutes, and account for every event
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_CLUSTER_FAULTS=600 SLUICE_TEST_MINUTES=20 .ci/phase '120 faults in ten minutes' \
	    $(SWIFT) test --skip-build --disable-xctest --filter ClusterFaultsTests

.PHONY: broken
broken: tools test-tools certs ## break a gateway in each way that the runbook knows, and write down who says so and when; SHOTS=folder
	@$(SWIFT) build -c release --product sluice
	@.venv/bin/python Tests/BlackBoxTests/Clients/broken.py --program $(RELEASE) --certificate certs/dev/server.pem \
	    --key certs/dev/server.key --ca certs/dev/ca.pem --authority-key certs/dev/ca.key --keys certs/dev/keys.json \
	    --nats .venv/bin/nats-server $(if $(SHOTS),--shots $(SHOTS)) $(if $(ONLY),--only $(ONLY),--write)

.PHONY: questions
questions: tools test-tools certs ## ask a loaded gateway the runbook's questions, and write its answers into the runbook
	@$(SWIFT) build -c release --product sluice
	@.venv/bin/python Tests/BlackBoxTests/Clients/questions.py --program $(RELEASE) --certificate certs/dev/server.pem \
	    --key certs/dev/server.key --ca certs/dev/ca.pem --keys certs/dev/keys.json --write

.PHONY: reloads
reloads: tools test-tools ## reload a thousand times in a minute, one in ten broken, under 1,000 streams and 4 publishers
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_RELOADS=1000 .ci/phase '1,000 reloads' \
	    $(SWIFT) test --skip-build --disable-xctest --filter BlackBoxTests.*ReloadTests

.PHONY: churn
churn: tools test-tools ## break 100,000 connections at every stage, in every manner, beside others' streams
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@.ci/phase 'build (release)' $(SWIFT) build -c release --product sluice
	@SLUICE_CHURN=100000 SLUICE_TEST_MINUTES=30 SLUICE_PROGRAM=$(CURDIR)/$(RELEASE) .ci/phase '100,000 broken connections' \
	    $(SWIFT) test --skip-build --disable-xctest --filter ChurnTests

.PHONY: soak
soak: MINUTES ?= 20
soak: tools certs ## serve all kinds of traffic for MINUTES=20, draw its memory, and fail when that goes on growing
	@.ci/need python3 'makes the traffic'
	@$(SWIFT) build -c release --product sluice
	@.ci/phase '$(MINUTES) minutes of traffic' $(PYTHON) bench/soak.py --minutes $(MINUTES)

# One after another, each against a gateway of its own. Debian's testssl.sh and slowhttptest come without recommendations.
.PHONY: scan
scan: tools certs test-tools .build/scan-venv/ready ## run testssl.sh, sslyze, malformed TLS, slowhttptest and h2load; SCANS= names some
	@.ci/need testssl.sh 'scans TLS' bsdextrautils 'hexdump, for it' dnsutils 'looks up names, for it' \
	    slowhttptest 'is a slow client'
	@$(SWIFT) build -c release --product sluice
	@.ci/phase 'scans' $(PYTHON) Tests/Scans/scan.py $(SCANS)

.build/scan-venv/ready: Tests/Scans/requirements.txt
	@.ci/need python3 'runs a TLS client that breaks rules' python3-venv 'keeps it in .build/scan-venv'
	@$(PYTHON) -m venv .build/scan-venv
	@.build/scan-venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

# The runtime of each sanitizer is Swift's own; what they find in C that is not built here is in .ci/sanitizers.
.PHONY: sanitize
sanitize: tools room-tools ## run the tests of the rooms under the thread and the address sanitizer; SANITIZERS=thread runs one
	@for name in $(or $(SANITIZERS),thread address); do .ci/sanitize $$name || exit 1; done

.PHONY: restarts
restarts: tools test-tools ## restart a gateway, and a cluster's behind HAProxy, twenty times under 200 streams and 4 publishers
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_RESTARTS=20 SLUICE_TEST_MINUTES=12 .ci/phase '20 restarts' \
	    $(SWIFT) test --skip-build --disable-xctest --filter BlackBoxTests.*RestartTests

.PHONY: upgrade
upgrade: tools certs test-tools ## replace a cluster's gateways by this version, and go back (FROM=, or OLD= and NEW=)
	@.ci/phase 'another version and back' .ci/upgrade

.PHONY: budget
budget: tools test-tools ## fill each of the gateway's accounts, then all at once with 1,000 ordinary streams beside them
	@.ci/phase 'build with tests (debug)' $(SWIFT) build --build-tests
	@SLUICE_BUDGET_STREAMS=1000 .ci/phase 'memory within its budget' \
	    $(SWIFT) test --skip-build --disable-xctest --filter BlackBoxTests.*MemoryBudgetTests

.PHONY: settings
settings: tools ## write the defaults into the article on settings and into deploy/sluice.yaml, from the program's own table
	@.ci/need python3 'writes the tables'
	@$(SWIFT) build --product sluice
	@.ci/settings .build/debug/sluice

.PHONY: metrics
metrics: tools ## write the tables of metrics into their article, from the program's own
	@.ci/need python3 'writes the tables'
	@$(SWIFT) build --product sluice
	@.ci/metrics .build/debug/sluice

.PHONY: house
house: ## count the house: files, functions, targets, arrows, lines that name a setting
	@.ci/need python3 'counts'
	@.ci/house

.PHONY: dist
dist: tools dist-tools ## build dist/sluice for machines without Swift: stripped, with man pages, completions and an SBOM
	@.ci/phase 'dist' deploy/package/build.sh

.PHONY: deb
deb: dist deb-tools ## make the Debian package of it, dist/sluice_VERSION_ARCHITECTURE.deb
	@.ci/phase 'deb' deploy/package/deb.sh

.PHONY: dist-check
dist-check: deb deb-tools ## install, run, upgrade and remove the package, and run the image, in a Debian without Swift
	@.ci/need debootstrap 'makes a plain Debian' systemd-container 'boots it' openssl 'makes a certificate for it'
	@.ci/phase 'package' deploy/package/check.sh
	@.ci/phase 'image' deploy/container/check.sh

.PHONY: dist-compare
dist-compare: tools dist-tools ## build dist/ twice, in two folders, from clean clones, and say what differs
	@.ci/phase 'two builds' deploy/package/compare.sh

.PHONY: dist-tools
dist-tools:
	@.ci/need binutils 'strips the program' chrpath 'takes a search path out of it' python3 'writes man pages and the SBOM'

.PHONY: deb-tools
deb-tools:
	@.ci/need dpkg-dev 'finds the packages that the program needs' lintian 'checks the package'

.PHONY: manifests
manifests: .venv/ready ## write the manifests for Kubernetes, deploy/kubernetes/sluice.yaml and -cluster.yaml, from the chart
	@.ci/need golang-go 'renders the chart'
	@.venv/bin/python deploy/helm/render.py > .build/manifests && mv .build/manifests deploy/kubernetes/sluice.yaml
	@.venv/bin/python deploy/helm/render.py --values deploy/helm/cluster-values.yaml > .build/manifests \
	    && mv .build/manifests deploy/kubernetes/sluice-cluster.yaml

.PHONY: clean
clean: ## remove what was built; certificates and keys stay
	@echo 'clean: removing .build, .venv and dist'
	@rm -rf .build .venv dist

.PHONY: tools
tools:
	@command -v $(SWIFT) >/dev/null || { \
	    echo 'tools: the swift command is missing; install Swift 6.2 or later, see https://www.swift.org/install' >&2; \
	    exit 1; }
	@.ci/need libssl-dev 'headers of the system OpenSSL' libnghttp2-dev 'headers of the system nghttp2' \
	    libsqlite3-dev 'headers of the system SQLite' \
	    pkg-config 'finds them for the compiler'

.PHONY: test-tools
test-tools: .venv/ready
	@.ci/need curl 'a client in the tests' nghttp2-client 'nghttp and h2load, clients in the tests' \
	    openssl 'makes certificates, and a client in the tests' \
	    nginx 'a proxy in the tests' libnginx-mod-stream 'its TLS passthrough' haproxy 'a proxy in the tests' \
	    apache2-bin 'a proxy in the tests' caddy 'a proxy in the tests' nghttp2-proxy 'a proxy in the tests' \
	    nats-server 'the server that NATSClient is tested against, beside the one in .venv' \
	    squid-openssl 'a proxy in the tests' varnish 'a proxy in the tests' \
	    nodejs 'reads a stream as the recipe for pages does' \
	    node-eventsource 'the EventSource of programs, a client in the tests' \
	    node-typescript 'checks the types of the module for pages' \
	    esbuild 'bundles the module as applications do' rollup 'and as others do' \
	    php-cli 'runs a recipe for backends' ruby 'runs a recipe' golang-go 'runs a recipe' \
	    default-jdk-headless 'runs a recipe' \
	    binutils 'nm lists the symbols of the binary' gcc 'builds the failing disk of the tests' \
	    strace 'lists the system calls of the gateway' systemd 'says which of them its unit allows' \
	    chromium 'the browser in the tests' chromium-driver 'drives it' \
	    libnss3-tools 'certutil makes it trust the certificates of the tests' \
	    prometheus 'promtool checks the metrics, the alerts and the queries' \
	    groff-base 'shows the man pages' zsh 'takes its completions' fish 'takes its completions'

.venv/ready: Tests/requirements.txt Tests/nats-requirements.txt
	@.ci/need python3 'runs client libraries in the tests' python3-venv 'keeps them in .venv'
	@echo 'test-tools: installing the Python clients of $< into .venv'
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement Tests/nats-requirements.txt
	@touch $@
