# Teller.  `make run` brings the service up, `make test` builds and checks everything;
# both call scripts/bootstrap, which installs what is missing.  `make help` lists the rest.
#
# One source tree, several builds: V picks the variant, each in a folder of its own.
#   release  build/        what is installed: the five programs are build/scannerd, ...
#   fault    build/fault/  the same with named crash points (common/base/fault.h) compiled in
#   asan     build/asan/   fault points, AddressSanitizer and UndefinedBehaviorSanitizer
#   clang    build/clang/  clang with its own warnings as errors
V ?= release
PREFIX ?= /usr/local
SHELL := /bin/bash
.DELETE_ON_ERROR:

DAEMONS  := scannerd exchangerd senderd apid
PROGRAMS := $(DAEMONS) tellerctl
O := $(if $(filter release,$(V)),build,build/$(V))

PKGS := libuv libcurl libcjson sqlite3 libsecp256k1 libsodium libmicrohttpd nettle gmp zlib
CC_release := gcc
CC_fault   := gcc
CC_asan    := clang
CC_clang   := clang
CC := $(CC_$(V))
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fPIE
HARDEN_clang   := $(HARDEN) -D_FORTIFY_SOURCE=2
HARDEN_release := $(HARDEN) -D_FORTIFY_SOURCE=3
HARDEN_fault   := $(HARDEN_release) -DTELLER_FAULT
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN_asan    := -fPIE $(SAN) -DTELLER_FAULT
LDHARDEN := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
VERSION := $(shell git rev-parse HEAD 2>/dev/null)
# Expanded when used, so that scripts/bootstrap may install pkg-config first.
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS)) -linih
CFLAGS  = -std=gnu11 -O2 -g $(WARN) $(HARDEN_$(V)) -D_GNU_SOURCE -I. $(PKG_CFLAGS) -MMD -MP
LDFLAGS = $(LDHARDEN) $(if $(filter asan,$(V)),$(SAN))

# --- what is built from what ---------------------------------------------------------------
COMMON_SRC := $(filter-out common/keys/%,$(wildcard common/*/*.c))
KEYS_SRC   := $(wildcard common/keys/*.c)
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
SUPPORT    := $(call obj,$(wildcard test/support/*.c))
FUZZ_SRC   := $(wildcard test/fuzz/fuzz_*.c)
ALL_LIBS   := $(foreach p,$(PROGRAMS),$(call logic_lib,$(p))) $(LIBKEYS) $(LIBCOMMON)

.PHONY: all
all: $(PROGRAMS:%=$(O)/%)  ## build the five programs into build/

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(O)/obj/common/daemon/version.o: CFLAGS += -DTELLER_VERSION='"$(VERSION)"'

$(LIBCOMMON): $(call obj,$(COMMON_SRC))
$(LIBKEYS): $(call obj,$(KEYS_SRC))
$(O)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

define program
$(call logic_lib,$(1)): $(call obj,$(call logic_src,$(1)))
$(O)/$(1): $(call obj,$(1)/$(1).c) $(call logic_lib,$(1)) $(KEYS_$(1)) $(LIBCOMMON)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(PKG_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(TEST_BIN): $(O)/%: $(O)/obj/%.o $(SUPPORT) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(SUPPORT) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group \
		$(PKG_LIBS) -lcmocka
.SECONDARY:

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)
