# Teller.  `make run` brings the service up, `make test` builds and checks everything;
# both call scripts/bootstrap, which installs what is missing.  `make help` lists the rest.
#
# One source tree, several builds: V picks the variant, each in a folder of its own.
#   release  build/        what is installed: the five programs are build/scannerd, ...
#   fault    build/fault/  the same with named crash points (common/base/fault.h) compiled in
#   asan     build/asan/   fault points, AddressSanitizer and UndefinedBehaviorSanitizer
#   clang    build/clang/  clang with its own warnings as errors
#   fuzz     build/fuzz/   as asan, instrumented for libFuzzer
#   tsan     build/tsan/   clang, ThreadSanitizer: for what runs beside the loop
V ?= release
PREFIX ?= /usr/local
SHELL := /bin/bash
.DELETE_ON_ERROR:

DAEMONS  := scannerd exchangerd senderd apid
PROGRAMS := $(DAEMONS) tellerctl
O := $(if $(filter release,$(V)),build,build/$(V))

PKGS := libuv libcurl libcjson sqlite3 libsecp256k1 libsodium libmicrohttpd gnutls nettle gmp zlib \
	libseccomp
CC_release := gcc
CC_fault   := gcc
CC_asan    := clang
CC_clang   := clang
CC_fuzz    := clang
CC_tsan    := clang
CC := $(CC_$(V))
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
HARDEN_clang   := $(HARDEN) -D_FORTIFY_SOURCE=2
HARDEN_release := $(HARDEN) -D_FORTIFY_SOURCE=3 -ftrivial-auto-var-init=zero
HARDEN_fault   := $(HARDEN_release) -DTELLER_FAULT
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN_asan    := -fPIE $(SAN) -DTELLER_FAULT
HARDEN_fuzz    := $(HARDEN_asan) -fsanitize=fuzzer-no-link
HARDEN_tsan    := -fPIE -fsanitize=thread -fno-omit-frame-pointer -DTELLER_FAULT
LDHARDEN := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
VERSION := $(shell git rev-parse HEAD 2>/dev/null)
# Expanded when used, so that scripts/bootstrap may install pkg-config first.
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS)) -linih -lwslay
CFLAGS  = -std=gnu11 -O2 -g $(WARN) $(HARDEN_$(V)) -D_GNU_SOURCE -I. $(PKG_CFLAGS) -MMD -MP
LDFLAGS = $(LDHARDEN) $(if $(filter asan fuzz,$(V)),$(SAN)) $(if $(filter tsan,$(V)),-fsanitize=thread)

# --- what is built from what ---------------------------------------------------------------
KEYS_SRC   := $(wildcard common/keys/*.c common/wallet/*.c)
COMMON_SRC := $(filter-out $(KEYS_SRC),$(wildcard common/*/*.c))
logic_src   = $(filter-out $(1)/$(1).c,$(wildcard $(1)/*.c))
obj         = $(patsubst %.c,$(O)/obj/%.o,$(1))
LIBCOMMON  := $(O)/libcommon.a
LIBKEYS    := $(O)/libkeys.a
logic_lib   = $(O)/lib$(1).a
# Only these two may hold or derive keys: a stray call from elsewhere does not link.
KEYS_senderd   := $(LIBKEYS)
KEYS_tellerctl := $(LIBKEYS)
TEST_SRC   := $(wildcard test/unit/test_*.c test/vectors/test_*.c test/replay/test_*.c)
TEST_BIN   := $(patsubst %.c,$(O)/%,$(TEST_SRC))
BENCH_BIN  := $(patsubst %.c,$(O)/%,$(wildcard test/bench/*.c))
SUPPORT    := $(O)/libsupport.a
FUZZ_SRC   := $(wildcard test/fuzz/fuzz_*.c)
ALL_LIBS   := $(foreach p,$(PROGRAMS),$(call logic_lib,$(p))) $(LIBKEYS) $(LIBCOMMON)

.PHONY: all
all: $(PROGRAMS:%=$(O)/%)  ## build the five programs into build/

# Short lines; VERBOSE=1 shows the commands.
quiet = @$(if $(VERBOSE),,echo "  $(1) $(patsubst $(O)/%,%,$@)";)

# Said once and in words, instead of by the first missing header.
.PHONY: tools
tools:
	@for t in $(CC) pkg-config; do command -v $$t >/dev/null || \
		{ echo "make: $$t is missing; scripts/bootstrap installs what is needed" >&2; exit 1; }; done
	@pkg-config --print-errors --exists $(PKGS) || \
		{ echo "make: libraries are missing; scripts/bootstrap installs them" >&2; exit 1; }

$(O)/obj/%.o: %.c | tools
	@mkdir -p $(@D)
	$(call quiet,cc)$(CC) $(CFLAGS) -c -o $@ $<

# What is installed says truly what it was built from; a test build may be a commit behind.
ifeq ($(V),release)
$(O)/obj/common/base/version.o: $(O)/version
$(O)/version: FORCE
	@mkdir -p $(@D); echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' >$@
endif
.PHONY: FORCE
$(O)/obj/common/base/version.o: CFLAGS += -DTELLER_VERSION='"$(VERSION)"'

$(LIBCOMMON): $(call obj,$(COMMON_SRC))
$(LIBKEYS): $(call obj,$(KEYS_SRC))
$(O)/%.a:
	@rm -f $@
	$(call quiet,ar)$(AR) rcs $@ $^

define program
$(call logic_lib,$(1)): $(call obj,$(call logic_src,$(1)))
$(O)/$(1): $(call obj,$(1)/$(1).c) $(call logic_lib,$(1)) $(KEYS_$(1)) $(LIBCOMMON)
	$$(call quiet,link)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(PKG_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# An archive: a test that replaces functions of its own takes only what it uses.
$(SUPPORT): $(call obj,$(wildcard test/support/*.c))
$(TEST_BIN) $(BENCH_BIN): $(O)/%: $(O)/obj/%.o $(SUPPORT) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(call quiet,link)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(SUPPORT) $(ALL_LIBS) -Wl,--end-group \
		$(PKG_LIBS) -lcmocka
.SECONDARY:

$(FUZZ_SRC:%.c=$(O)/%): $(O)/%: %.c $(ALL_LIBS)
	@mkdir -p $(@D)
	$(call quiet,fuzz)clang $(CFLAGS) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $< \
		-Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(PKG_LIBS)

# --- what people type ------------------------------------------------------------------------
.PHONY: run
run:  ## start the service in dummy mode, in ./run-data; Ctrl-C stops it
	@scripts/bootstrap run
	@$(MAKE) --no-print-directory -s -j2 all
	@scripts/run-local

.PHONY: test
test:  ## build and check everything; ends with "N passed, N failed"
	@scripts/bootstrap test
	@scripts/test-all

.PHONY: tests-built
tests-built: $(TEST_BIN)

.PHONY: check
check:  ## unit, vector and replay tests
	@$(MAKE) --no-print-directory -s V=fault tests-built
	@scripts/run-units "unit, vectors, replay" $(patsubst %.c,build/fault/%,$(TEST_SRC))

.PHONY: asan
asan:  ## the same under AddressSanitizer and UndefinedBehaviorSanitizer, and the fuzz corpora
	@$(MAKE) --no-print-directory -s V=asan tests-built
	@scripts/run-units "unit, vectors, replay under ASan and UBSan" \
		$(patsubst %.c,build/asan/%,$(TEST_SRC))
	@$(MAKE) --no-print-directory -s V=asan fuzz-corpus

.PHONY: fuzz-built fuzz-corpus fuzz
fuzz-built: $(FUZZ_SRC:%.c=$(O)/%)
fuzz-corpus: fuzz-built
	@scripts/fuzz-short 0 $(FUZZ_SRC:%.c=$(O)/%)
fuzz:  ## fuzz every parser for 20 s each (SECONDS=n for longer)
	@$(MAKE) --no-print-directory -s V=fuzz fuzz-built
	@scripts/fuzz-short $(or $(SECONDS),20) $(FUZZ_SRC:%.c=build/fuzz/%)

.PHONY: programs-for-tests
programs-for-tests:
	@$(MAKE) --no-print-directory -s V=fault all

.PHONY: check-crash
check-crash: programs-for-tests  ## kill -9 at every named point and at random; the books must balance
	@scripts/run-node-tests "crash" 1 $(sort $(wildcard test/crash/*.test.mjs))

.PHONY: soak
soak: programs-for-tests  ## at least 1,000 kills over 2,000 payouts; prints figures
	@TELLER_BIN=build/fault node test/crash/soak.mjs

.PHONY: check-e2e
check-e2e: programs-for-tests  ## real processes, a real Bitcoin node, a strict Skycoin simulator, a browser
	@rc=0; scripts/run-node-tests "simulator" 2 $(sort $(wildcard test/sim/*/*.test.mjs)) || rc=1; \
	scripts/run-node-tests "end to end" 2 $(sort $(wildcard test/e2e/*.test.mjs)) || rc=1; \
	scripts/run-node-tests "web pages" 1 $(sort $(wildcard test/web/*.test.mjs)) || rc=1; exit $$rc

.PHONY: browsers
browsers: programs-for-tests  ## the web pages in Firefox and in a newer WebKit too (installs 500 MB)
	@scripts/bootstrap browsers
	@rc=0; TELLER_BROWSER=firefox scripts/run-node-tests "web pages in Firefox" 1 test/web/customer.test.mjs test/web/operator.test.mjs || rc=1; \
	TELLER_WEBKIT=webkitgtk xvfb-run -a scripts/run-node-tests "customer's page in WebKitGTK" 1 test/web/webkit.test.mjs || rc=1; exit $$rc

.PHONY: screenshots
screenshots: programs-for-tests  ## pictures of the web pages into build/screenshots, those of the README into doc/images
	@scripts/bootstrap test
	@node test/web/screenshots.mjs

C_FILES = $(sort $(wildcard common/*/*.c $(PROGRAMS:%=%/*.c) test/unit/*.c test/vectors/*.c \
	test/replay/*.c test/support/*.c test/fuzz/*.c test/bench/*.c))
H_FILES = $(sort $(wildcard common/*/*.h $(PROGRAMS:%=%/*.h) test/*/*.h))

.PHONY: lint
lint:  ## layers, what operators are told, format, clang-tidy, cppcheck
	@scripts/check-layers
	@scripts/check-operating
	@clang-format --dry-run -Werror $(C_FILES) $(H_FILES) && echo "format: ok"
	@printf '%s\n' $(C_FILES) | scripts/run-tidy -std=gnu11 -D_GNU_SOURCE -DTELLER_FAULT -I. \
		$(PKG_CFLAGS)
	@cppcheck --quiet -j$$(nproc) --std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingInclude --suppress=missingIncludeSystem \
		--suppressions-list=.cppcheck-suppressions --error-exitcode=1 -D_GNU_SOURCE -I. \
		$(filter-out test/%,$(C_FILES)) && echo "cppcheck: ok"

.PHONY: format
format:  ## lay out all C files as .clang-format says
	@clang-format -i $(C_FILES) $(H_FILES)

.PHONY: bench
bench: all $(BENCH_BIN)  ## speed and memory, each beside its own yardstick; a table and build/bench.json
	@scripts/bootstrap test
	@node test/bench/bench.mjs $(BENCH)

.PHONY: docs
DOC_TESTS := test_conf test_deposit_rules test_payout_rules test_problem_row test_route test_metrics
docs: $(O)/tellerctl $(DOC_TESTS:%=$(O)/test/unit/%)  ## print the documents that come from tables
	@$(O)/tellerctl doc protocol >doc/PROTOCOL.md
	@for t in $(filter-out $(O)/tellerctl,$^); do TELLER_WRITE_DOCS=1 $$t >/dev/null 2>&1; $$t; done

.PHONY: install
install: all  ## programs, pages, examples of configuration, supervisord and logrotate files below PREFIX
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/teller
	@for f in $$(find web -type f 2>/dev/null); do install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/teller/$$f; done
	install -m 755 $(DAEMONS:%=build/%) $(DESTDIR)$(PREFIX)/sbin
	install -m 755 build/tellerctl $(DESTDIR)$(PREFIX)/bin
	install -m 644 etc/teller.ini.example etc/supervisord.conf etc/logrotate.conf $(DESTDIR)$(PREFIX)/share/teller

.PHONY: clean
clean:  ## remove what was built (not ./run-data)
	rm -rf build

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*  ## ' Makefile | awk -F':.*  ## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)
