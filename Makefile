# Mimamori - one non-recursive makefile.
#   make            all programs of the release variant, in build/release/bin
#   make V=asan     another variant: release debug asan tsan cov fuzz
#   sudo make demo  the whole story on this machine, in namespaces and loop mounts
#   sudo make test  every check that this machine can run
V ?= release
PREFIX ?= /usr
DESTDIR ?=
B := build/$(V)
VERSION := $(shell sed -n 's/^#define MM_VERSION "\(.*\)"/\1/p' lib/version.h)

# ---- variants ---------------------------------------------------------------
CC := gcc
WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla \
        -Wformat=2 -Wundef -Wcast-qual -Wno-missing-field-initializers -Werror
HARD := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
BASE := -std=c11 -g -pthread -I. -I$(B)/gen $(WARN) -fno-strict-aliasing -fno-common
LINK := -pthread -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
ifeq ($(V),release)
CFLAGS += -O2 -D_FORTIFY_SOURCE=2 $(HARD) -ffile-prefix-map=$(CURDIR)=. # the folder of the build is nobody's business
else ifeq ($(V),debug)
CFLAGS += -O0 $(HARD)
else ifeq ($(V),asan)
CFLAGS += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -fPIE
LINK += -fsanitize=address,undefined
else ifeq ($(V),tsan)
CFLAGS += -O1 -fno-omit-frame-pointer -fsanitize=thread -fPIE
LINK += -fsanitize=thread
else ifeq ($(V),cov)
CFLAGS += -O0 --coverage -fPIE
LINK += --coverage
else ifeq ($(V),fuzz)
CC := clang
WARN += -Wno-unknown-warning-option
CFLAGS += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined -fPIE
LINK += -fsanitize=address,undefined
else
$(error unknown variant V=$(V): release debug asan tsan cov fuzz)
endif

# ---- component table: name, sources, libraries ------------------------------
# An archive per component; a program is its main object, its archives and libraries.
# Code below a linux/ folder, and the roles, may use GNU and Linux interfaces; the rest is POSIX.
lib_SRC     := $(wildcard lib/*.c lib/os/linux/*.c)
agent_SRC   := $(wildcard agent/*.c agent/roles/*.c agent/roles/linux/*.c agent/watch/*.c agent/watch/host/*.c agent/watch/gateway/*.c agent/watch/linux/*.c \
                 agent/detect/*.c agent/respond/*.c agent/respond/linux/*.c agent/report/*.c agent/control/*.c)
agent_SRC   := $(filter-out agent/main.c agent/roles/main_%.c agent/watch/linux/%.bpf.c,$(agent_SRC))
cli_SRC     := $(filter-out agent/cli/main.c,$(wildcard agent/cli/*.c))
console_SRC := $(filter-out console/main.c,$(wildcard console/*.c console/http/*.c console/api/*.c console/store/*.c))
updater_SRC := $(filter-out updater/conformance.c updater/host/main%.c,$(wildcard updater/*.c updater/tuf/*.c updater/host/*.c updater/host/linux/*.c))
publish_SRC := $(filter-out updater/publish/main.c,$(wildcard updater/publish/*.c))
setup_SRC   := $(filter-out installer/main.c,$(wildcard installer/*.c installer/linux/*.c))
COMPONENTS  := lib agent cli console updater publish setup

lib_LIBS     := -lcrypto -ljansson -linih
agent_LIBS   := -luv -lyara -lsqlite3 -lcurl -lseccomp -lzstd -lz -llzma -lbz2 -llz4 -lexpat -lbpf -lminiupnpc $(lib_LIBS) -lssl
cli_LIBS     := $(lib_LIBS)
console_LIBS := -luv -lmicrohttpd -lgnutls -lsqlite3 -lzstd -lqrencode $(lib_LIBS) -lssl
updater_LIBS := -lcurl -larchive -lzstd -lseccomp $(lib_LIBS)
setup_LIBS   := $(lib_LIBS)
publish_LIBS := -larchive -lzstd -lp11-kit -lm $(lib_LIBS)

# program: main source, archives
# (the agent's parts: one executable per privilege, none has the libraries of another; agent/roles/start.h)
AGENT_PROGRAMS := mimamorid mimamorid-guard mimamorid-scan mimamorid-core mimamorid-survey mimamorid-probe mimamorid-judge mimamorid-quarantine
UPDATE_PROGRAMS := mimamori-update mimamori-update-verify mimamori-update-fetch mimamori-update-unpack
PROGRAMS := $(AGENT_PROGRAMS) $(UPDATE_PROGRAMS) mimamori mimamori-console mimamori-publish mimamori-setup
mimamorid_MAIN := agent/main.c
mimamorid_ARCH := agent lib
mimamorid_LIBS := -linih
mimamorid-guard_MAIN := agent/roles/main_guard.c
mimamorid-guard_ARCH := agent lib
mimamorid-guard_LIBS := -luv -lbpf -lz -lcrypto -ljansson -linih
mimamorid-scan_MAIN := agent/roles/main_scan.c
mimamorid-scan_ARCH := agent lib
mimamorid-scan_LIBS := -lyara -lseccomp -lzstd -lz -llzma -lbz2 -lcrypto -ljansson -linih
mimamorid-core_MAIN := agent/roles/main_core.c
mimamorid-core_ARCH := agent lib
mimamorid-core_LIBS := -luv -lsqlite3 -lcurl -lseccomp -lzstd $(lib_LIBS) -lssl
mimamorid-survey_MAIN := agent/roles/main_survey.c
mimamorid-survey_ARCH := agent lib
mimamorid-survey_LIBS := -lsqlite3 -lseccomp -lzstd -lz -llzma -lbz2 -llz4 -lexpat -lcrypto -ljansson -linih
mimamorid-probe_MAIN := agent/roles/main_probe.c
mimamorid-probe_ARCH := agent lib
mimamorid-probe_LIBS := -lcurl -lseccomp -lminiupnpc -lcrypto -ljansson -linih -lssl
mimamorid-judge_MAIN := agent/roles/main_judge.c
mimamorid-judge_ARCH := agent lib
mimamorid-judge_LIBS := -lyara -lseccomp -lcrypto -ljansson -linih
# not a part of the running agent: closes the network at boot
mimamorid-quarantine_MAIN := agent/roles/main_quarantine.c
mimamorid-quarantine_ARCH := agent lib
mimamorid-quarantine_LIBS := -lcrypto -ljansson -linih
mimamori_MAIN := agent/cli/main.c
mimamori_ARCH := cli lib
mimamori_LIBS := $(cli_LIBS)
mimamori-console_MAIN := console/main.c
mimamori-console_ARCH := console lib
mimamori-console_LIBS := $(console_LIBS)
# the updater's parts: one for each privilege, none has the libraries of another (updater/host/messages.h)
mimamori-update_MAIN := updater/host/main.c
mimamori-update_ARCH := updater lib
mimamori-update_LIBS := -lcrypto -ljansson -linih
mimamori-update-verify_MAIN := updater/host/main_verify.c
mimamori-update-verify_ARCH := updater lib
mimamori-update-verify_LIBS := -lseccomp -lcrypto -ljansson -linih
mimamori-update-unpack_MAIN := updater/host/main_unpack.c
mimamori-update-unpack_ARCH := updater lib
mimamori-update-unpack_LIBS := -larchive -lzstd -lseccomp -lcrypto -ljansson -linih
mimamori-update-fetch_MAIN := updater/host/main_fetch.c
mimamori-update-fetch_ARCH := updater lib
mimamori-update-fetch_LIBS := -lcurl -lseccomp -lcrypto -linih -lssl
# the updater's core reads what it writes; nothing of the network is in it
mimamori-publish_MAIN := updater/publish/main.c
mimamori-publish_ARCH := publish updater lib
mimamori-publish_LIBS := $(publish_LIBS)
mimamori-setup_MAIN := installer/main.c
mimamori-setup_ARCH := setup lib
mimamori-setup_LIBS := -lcrypto -ljansson -linih
# not installed: the updater's core behind the command line of the TUF conformance suite (docs/updater.md)
TEST_PROGRAMS := mimamori-tuf-conformance
mimamori-tuf-conformance_MAIN := updater/conformance.c
mimamori-tuf-conformance_ARCH := updater lib
mimamori-tuf-conformance_LIBS := $(updater_LIBS)

# tests and tools: one program per file, linked against what its folder tests
UNIT_SRC  := $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c tests/replay/test_*.c)
# the agent of the next schema of the state: what says, keeps or takes it, with a table of steps of the lab's
NEXT_SRC  := tests/lab/journal_schema_next.c
NEXT      := mimamorid mimamorid-guard mimamorid-core
LAB_SRC   := $(filter-out $(NEXT_SRC),$(wildcard tests/lab/*.c))
FUZZ_SRC  := $(wildcard tests/fuzz/fuzz_*.c)
UNIT_BIN  := $(UNIT_SRC:tests/%.c=$(B)/tests/%)
LAB_BIN   := $(LAB_SRC:tests/lab/%.c=$(B)/lab/%)
FUZZ_BIN  := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)

-include build/deps.mk.none
.PHONY: all deps demo test check check-system bench lint fuzz fuzz-replay install install-agent install-console deb clean programs lab conformance units fleet help manual self install-release tarball rpm packages reproducible
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

all: programs
programs: $(PROGRAMS:%=$(B)/bin/%)
lab: $(LAB_BIN) $(NEXT:%=$(B)/lab/next/%) conformance
conformance: $(TEST_PROGRAMS:%=$(B)/bin/%)
units: $(UNIT_BIN)

# ---- how things are made -----------------------------------------------------
gnu_flag = $(if $(findstring linux/,$(1))$(filter agent/roles/% tests/% agent/main.c,$(1)),-D_GNU_SOURCE,-D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC  $<"
	@$(CC) $(BASE) $(CFLAGS) $(call gnu_flag,$<) -MMD -MP -c $< -o $@

$(B)/obj/updater/publish/token.o: CFLAGS += -isystem /usr/include/p11-kit-1

define archive
$(B)/lib$(1).a: $$($(1)_SRC:%.c=$(B)/obj/%.o)
	@rm -f $$@
	@mkdir -p $$(@D)
	@ar rcs $$@ $$^
endef
$(foreach c,$(COMPONENTS),$(eval $(call archive,$(c))))

define program
$(B)/bin/$(1): $(B)/obj/$$($(1)_MAIN:%.c=%.o) $$($(1)_ARCH:%=$(B)/lib%.a)
	@mkdir -p $$(@D)
	@echo "  LD  $$@"
	@$$(CC) $$(CFLAGS) -o $$@ $$^ $$(LINK) $$($(1)_LIBS)
endef
$(foreach p,$(PROGRAMS) $(TEST_PROGRAMS),$(eval $(call program,$(p))))

# The same programs for a release that brings its own loader and libraries (docs/packaging.md).  The loader's place is fixed: a release
# never runs with another one's.  RPATH, not RUNPATH: the libraries' libraries are found beside them too, before any of the host.
# Of libarchive only the reader of tar is needed; its library would bring 35 MB of others.
# mimamori-setup runs from wherever the archive was unpacked, before there is a loader at that place: it is static.
SELF := $(B)/self
comma := ,
SELF_LINK := $(LINK) -Wl,--dynamic-linker=/opt/mimamori/releases/$(VERSION)/lib/ld-linux-x86-64.so.2 -Wl,--disable-new-dtags -Wl,-rpath,'$$ORIGIN/../lib'
AGENT_PARTS := $(AGENT_PROGRAMS) $(UPDATE_PROGRAMS) mimamori mimamori-setup
# (the linker's warnings: OpenSSL could look up names, which setup never has it do; tests/system/nspawn/test_packages.py watches its own code)
$(SELF)/bin/mimamori-setup: SELF_LINK := $(LINK:-pie=-static-pie) -Wl,--no-warnings
define self_program
$(SELF)/bin/$(1): $(B)/obj/$$($(1)_MAIN:%.c=%.o) $$($(1)_ARCH:%=$(B)/lib%.a)
	@mkdir -p $$(@D)
	@echo "  LD  $$@"
	@$$(CC) $$(CFLAGS) -o $$@ $$^ $$(SELF_LINK) $$(subst -larchive,-Wl$$(comma)-Bstatic -larchive -Wl$$(comma)-Bdynamic,$$($(1)_LIBS))
endef
$(foreach p,$(AGENT_PARTS),$(eval $(call self_program,$(p))))
self: $(AGENT_PARTS:%=$(SELF)/bin/%)

# kernel side of the process sensor: CO-RE object, embedded by exec_bpf.c
BPF_OBJ := $(B)/gen/exec.bpf.o
$(BPF_OBJ): agent/watch/linux/exec.bpf.c Makefile
	@mkdir -p $(@D)
	clang -O2 -g -Wall -Werror -ffile-prefix-map=$(CURDIR)=. -target bpf -D__TARGET_ARCH_x86 -I. -I/usr/include/$(shell uname -m)-linux-gnu -c $< -o $@
	llvm-strip-14 -g $@ 2>/dev/null || llvm-strip -g $@
$(B)/obj/agent/watch/linux/exec_bpf.o: $(BPF_OBJ)
$(B)/obj/agent/watch/linux/exec_bpf.o: CFLAGS += -DBPF_OBJECT_FILE='"$(BPF_OBJ)"'

# a unit test of lib/ sees lib only; of the agent, agent and lib; of the console, console and lib; of the updater, updater and lib;
# of the installer, setup and lib
test_arch = $(if $(findstring /console/,$(1)),console lib,$(if $(findstring /installer/,$(1)),setup lib,$(if $(findstring /publish/,$(1)),publish updater lib,$(if $(findstring /updater/,$(1)),updater lib,$(if $(findstring /cli/,$(1)),cli lib,$(if $(findstring unit/lib/,$(1)),lib,agent lib))))))
test_libs = $(if $(findstring /console/,$(1)),$(console_LIBS),$(if $(findstring /installer/,$(1)),$(setup_LIBS),$(if $(findstring /publish/,$(1)),$(publish_LIBS),$(if $(findstring /updater/,$(1)),$(updater_LIBS),$(if $(findstring /cli/,$(1)),$(cli_LIBS),$(if $(findstring unit/lib/,$(1)),$(lib_LIBS),$(agent_LIBS)))))))
.SECONDEXPANSION:
$(B)/tests/%: $(B)/obj/tests/%.o $$(foreach a,$$(call test_arch,$$@),$(B)/lib$$(a).a)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LINK) $(call test_libs,$@) -lcmocka
# lab programs that try a part of the agent by itself
AGENT_LAB := exec_watch freeze_scope quarantine_probe survey_root probe_ask vpn_judge version_order firewall_ask
$(AGENT_LAB:%=$(B)/lab/%): $(B)/lab/%: $(B)/obj/tests/lab/%.o $(B)/libagent.a $(B)/liblib.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(LINK) $(agent_LIBS)
$(B)/lab/tuf_canonical: $(B)/obj/tests/lab/tuf_canonical.o $(B)/libupdater.a $(B)/liblib.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(LINK) $(updater_LIBS)
$(B)/lab/fleet: $(B)/obj/tests/lab/fleet.o $(B)/libpublish.a $(B)/libupdater.a $(B)/liblib.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(LINK) $(publish_LIBS)
define next
$(B)/lab/next/$(1): $(B)/obj/$$($(1)_MAIN:%.c=%.o) $(NEXT_SRC:%.c=$(B)/obj/%.o) $$($(1)_ARCH:%=$(B)/lib%.a)
	@mkdir -p $$(@D)
	@echo "  LD  $$@"
	@$$(CC) $$(CFLAGS) -o $$@ $$^ $$(LINK) $$($(1)_LIBS)
endef
$(foreach p,$(NEXT),$(eval $(call next,$(p))))
$(B)/lab/%: $(B)/obj/tests/lab/%.o
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LINK) -lcrypto
$(B)/lab/attack: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/lab/attack/*.c))
# fuzz targets: libFuzzer with V=fuzz, a plain replay driver otherwise
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(if $(filter fuzz,$(V)),,$(B)/obj/tests/fuzz/driver.o) $(B)/libagent.a $(B)/libconsole.a $(B)/libpublish.a $(B)/libupdater.a $(B)/libsetup.a $(B)/liblib.a
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(CC) $(CFLAGS) $(if $(filter fuzz,$(V)),-fsanitize=fuzzer) -o $@ $^ $(LINK) $(agent_LIBS) $(console_LIBS) -larchive -lm

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# ---- goals ---------------------------------------------------------------------
PY := /usr/bin/python3

deps:
	@mkdir -p build && tools/deps

# The two commands of the README: they need nothing before them.
demo: deps
	@$(MAKE) --no-print-directory -j2 programs lab
	@$(PY) tests/demo.py

test: deps
	@$(MAKE) --no-print-directory -j2 programs lab units fuzzers
	@$(PY) tests/run all

check:
	@$(MAKE) --no-print-directory -j2 programs lab units fuzzers
	@$(PY) tests/run check

check-system: deps
	@$(MAKE) --no-print-directory -j2 programs lab
	@$(PY) tests/run system

bench: deps
	@$(MAKE) --no-print-directory -j2 programs lab
	@$(PY) tests/bench/bench.py

# How far a bad pack of rules comes, in virtual time: FLEET_RUNS of each scenario (docs/release-desk.md, Health)
FLEET_RUNS ?= 500
fleet: $(B)/lab/fleet
	@$(B)/lab/fleet --runs $(FLEET_RUNS)

lint: deps
	@$(PY) tools/lint.py

# FUZZ_SECONDS for each target, FUZZ_JOBS at a time; the corpus grows in build/fuzz/corpus, seeds stay as they are.
FUZZ_SECONDS ?= 600
FUZZ_JOBS ?= $(shell nproc)
fuzz:
	@$(MAKE) --no-print-directory -j2 V=fuzz fuzzers
	@tools/fuzz $(FUZZ_SECONDS) $(FUZZ_JOBS)

fuzzers: $(FUZZ_BIN)
fuzz-replay:
	@$(MAKE) --no-print-directory -j2 V=asan fuzzers
	@tools/fuzz replay

rules/manifest.json: $(filter-out rules/manifest.json,$(wildcard rules/*/*.yar rules/*/samples/*.json))
	@$(PY) tools/rules-manifest

# What people may read, and what bash completes: made from the programs that were built (tools/manual.py).
MANUAL := $(B)/manual
MAN := $(PREFIX)/share/man
COMPLETIONS := $(PREFIX)/share/bash-completion/completions
AGENT_PAGES := man1/mimamori.1 man5/agent.ini.5 man8/mimamorid.8 man8/mimamori-update.8 man8/mimamori-setup.8
CONSOLE_PAGES := man1/mimamori-console.1 man1/mimamori-publish.1
AGENT_CALLED := mimamori mimamorid mimamori-update mimamori-setup
CONSOLE_CALLED := mimamori-console mimamori-publish
manual: $(MANUAL)/done
$(MANUAL)/done: tools/manual.py $(AGENT_CALLED:%=$(B)/bin/%) $(CONSOLE_CALLED:%=$(B)/bin/%)
	@rm -rf $(MANUAL)
	@$(PY) tools/manual.py $(B)/bin $(MANUAL)
	@touch $@
define install_manual
	for p in $(1); do install -D -m 0644 $(MANUAL)/man/$$p $(DESTDIR)$(MAN)/$$p || exit 1; done
	install -d $(DESTDIR)$(COMPLETIONS)
	install -m 0644 $(2:%=$(MANUAL)/bash-completion/%) $(DESTDIR)$(COMPLETIONS)/
endef
# The agent's programs are a release (releases/VERSION of docs/update.md) that mimamori-setup puts in use; what people call are
# links through `current`, so that they call the release that runs.
AGENT_UNITS := mimamorid.service mimamori-quarantine.service mimamori-update.service mimamori-update.timer
RELEASE := $(PREFIX)/lib/mimamori/release
UNITS := $(PREFIX)/lib/systemd/system
install: install-agent install-console
install-agent: programs manual
	install -d $(DESTDIR)$(RELEASE)/bin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/mimamori $(DESTDIR)$(UNITS)
	install -m 0755 $(AGENT_PARTS:%=$(B)/bin/%) $(DESTDIR)$(RELEASE)/bin/
	ln -sf /opt/mimamori/current/bin/mimamori $(DESTDIR)$(PREFIX)/bin/mimamori
	ln -sf /opt/mimamori/current/bin/mimamorid $(DESTDIR)$(PREFIX)/sbin/mimamorid
	ln -sf /opt/mimamori/current/bin/mimamori-update $(DESTDIR)$(PREFIX)/sbin/mimamori-update
	ln -sf ../lib/mimamori/release/bin/mimamori-setup $(DESTDIR)$(PREFIX)/sbin/mimamori-setup
	cp -r --no-preserve=mode,ownership rules $(DESTDIR)$(PREFIX)/share/mimamori/
	install -m 0644 $(AGENT_UNITS:%=installer/units/%) $(DESTDIR)$(UNITS)/
	$(call install_manual,$(AGENT_PAGES),$(AGENT_CALLED))
install-console: programs manual
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(UNITS)
	install -m 0755 $(B)/bin/mimamori-console $(B)/bin/mimamori-publish $(DESTDIR)$(PREFIX)/bin/
	install -m 0644 installer/units/mimamori-console.service $(DESTDIR)$(UNITS)/
	$(call install_manual,$(CONSOLE_PAGES),$(CONSOLE_CALLED))

# A release that needs nothing of the host but its kernel, systemd and nft, in DESTDIR: programs, libraries, rules, units.
install-release: self manual
	install -d -m 0755 $(DESTDIR)/bin $(DESTDIR)/lib $(DESTDIR)/units $(DESTDIR)/man $(DESTDIR)/bash-completion
	install -m 0755 $(AGENT_PARTS:%=$(SELF)/bin/%) $(DESTDIR)/bin/
	strip --strip-unneeded --remove-section=.comment $(DESTDIR)/bin/*
	$(PY) tools/sbom.py libraries $(DESTDIR)/bin $(DESTDIR)/lib $(DESTDIR)/licences
	cp -r --no-preserve=mode,ownership rules $(DESTDIR)/
	install -m 0644 $(AGENT_UNITS:%=installer/units/%) $(DESTDIR)/units/
	install -m 0644 $(AGENT_PAGES:%=$(MANUAL)/man/%) $(DESTDIR)/man/
	install -m 0644 $(AGENT_CALLED:%=$(MANUAL)/bash-completion/%) $(DESTDIR)/bash-completion/
	install -m 0644 LICENSE $(DESTDIR)/
	install -m 0644 installer/sysusers-agent.conf $(DESTDIR)/sysusers.conf
	ln -sf bin/mimamori-setup $(DESTDIR)/mimamori-setup

# The packages, in build/packages (installer/package), each with its list of parts and checksums; `reproducible` makes them twice.
deb tarball rpm: deps
	@installer/package $@
packages: deps
	@installer/package deb tarball rpm
reproducible: deps
	@installer/package twice deb tarball rpm

clean:
	rm -rf build/release build/debug build/asan build/tsan build/cov build/fuzz

.PHONY: fuzzers
