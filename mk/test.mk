# Trying, testing, checking. The scripts in mk/ do the work and say at their top how they are used.

.PHONY: deps demo test one world steady coverage lint check rocks bench modules ctests test-build env

# A sub-make of ours uses all cores, unless the caller has said how many.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TEST_JOBS ?= $(shell expr 2 \* $(JOBS))
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
SUBMAKE = +@$(MAKE) --no-print-directory $(PARALLEL)

deps: ## installs what building, testing and checking need, after saying what
	@sh mk/deps.sh check $(L)

demo: ## a simulated cloud and hub, and an automation that logs in and switches its lamps
	@sh mk/deps.sh demo $(L)
	$(SUBMAKE) -s module LUA=$(L)
	@eval "$$(sh mk/env.sh $(L))" && exec "$$(sh mk/lua.sh bin $(L))" examples/demo.lua

test: ## every spec on every Lua found, and the tests of the C core (SPEC=file or folder, LUAS="5.4 jit" for some; ORACLE=50 compares longer)
	@sh mk/deps.sh test $(L)
	+@$(MAKE) --no-print-directory $(PARALLEL) -k -s test-build || BUILD_FAILED=1; export BUILD_FAILED; \
	  B=$(B) JOBS=$(TEST_JOBS) SPEC='$(SPEC)' LUAS='$(LUAS)' ORACLE='$(ORACLE)' sh mk/test.sh

one: ## one spec, folder or C test on one Lua, each test on a line (SPEC=spec/time/rule_spec.lua LUA=5.4)
	@[ -n "$(SPEC)" ] || { echo 'make one: which? make one SPEC=spec/time/rule_spec.lua' >&2; exit 2; }
	$(SUBMAKE) -s module lib examples $(ONE_C) LUA=$(L)
	@B=$(B) JOBS=$(JOBS) EACH=1 SPEC='$(SPEC)' LUAS=$(L) sh mk/test.sh

world: ## the scenes of spec/world: real names, DNS and addresses in namespaces (SCENE=text LUAS="5.4 jit" for some)
	@sh mk/deps.sh test $(L)
	$(SUBMAKE) -s modules lib examples
	@B=$(B) JOBS=$(or $(WORLD_JOBS),$(TEST_JOBS)) SCENE="$(SCENE)" LUAS='$(LUAS)' sh mk/world.sh

steady: ## the suite five times in a row beside three busy loops on two cores (RUNS=5 BUSY=3 SPEC=file)
	@sh mk/deps.sh test $(L)
	$(SUBMAKE) -s test-build
	@B=$(B) SPEC='$(SPEC)' LUAS='$(LUAS)' sh mk/steady.sh

coverage: ## the lines of the C sources that no C test and no spec on Lua 5.4 runs (SPEC=file for some specs)
	@sh mk/deps.sh coverage 5.4
	$(SUBMAKE) -s B=build/coverage LUA=5.4 CC=gcc CFLAGS='-O0 -g --coverage -fprofile-update=atomic' LDFLAGS=--coverage \
	  module lib examples ctests
	@find build/coverage -name '*.gcda' -exec rm -f {} +
	@code=0; B=build/coverage JOBS=$(TEST_JOBS) SLOW=2 LIMIT=300 LUAS=5.4 SPEC='$(SPEC)' C_TESTS=1 sh mk/test.sh || code=1; \
	  gcovr --root . --filter src/ --object-directory build/coverage build/coverage && exit $$code

lint: ## format, luacheck and compiler warnings of the files changed since main, and of the working tree
	@CHANGED=1 JOBS=$(JOBS) sh mk/check.sh format luacheck rockspec syntax

check: ## sanitizers, Valgrind, failing allocations, static analysis, layout, short fuzzing
	@sh mk/deps.sh check $(L)
	$(SUBMAKE) -s all LUA=$(L)
	@JOBS=$(JOBS) sh mk/check.sh $(CHECKS)

rocks: ## makes, packs and installs the rock for each Lua, offline
	@sh mk/deps.sh check $(L)
	@sh mk/rocks.sh

bench: ## against the vendor's client, libcurl and lua-cjson, on a local nginx hub
	@sh mk/deps.sh bench $(L)
	$(SUBMAKE) -s all LUA=$(L)
	@eval "$$(sh mk/env.sh $(L))" && exec bash bench/run.sh

env: ## what to evaluate to use this checkout in place: eval "$(make -s env)"
	@B=$(B) sh mk/env.sh $(L)

# ---- what the tests need built ---------------------------------------------------------------------

# Asked only when it is needed: pkg-config and the Luas may not be there before `deps`.
FOUND := $(if $(filter test-build modules,$(MAKECMDGOALS)),$(shell sh mk/lua.sh found))

# The C tests that `make one` is asked for.
ONE_C = $(patsubst %.c,$(B)/ctest/%,$(notdir $(filter %_test.c,$(SPEC) $(wildcard $(SPEC:%=%/*_test.c)))))

modules: $(foreach lua,$(FOUND),$(MODULES:%=$(B)/$(lua)/homey/%.so))
ctests: $(patsubst spec/c/%.c,$(B)/ctest/%,$(wildcard spec/c/*.c))
test-build: modules lib examples ctests

# A C test links libhomey.a, whose hy_ names it may use, and cmocka. One that is named for failing allocations gets the
# allocator wrapped, one for wiping free as well, one for the clock hy_clock and time; one that includes json.h or lauxlib.h
# embeds Lua 5.4 and has the binding. Fuzz targets too.
COMMA := ,
WRAPPED := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
WITH_LUA := $(shell grep -lE 'lauxlib\.h|"json.*\.h"' spec/c/*.c spec/fuzz/*.c 2>/dev/null)
LUA_CFLAGS = $(if $(filter $<,$(WITH_LUA)),$$(sh mk/lua.sh cflags 5.4))
LUA_LIBS = $(if $(filter $<,$(WITH_LUA)),$$(sh mk/lua.sh libs 5.4))
EMBEDDED := $(addprefix $(B)/obj/5.4/,$(BINDING))

$(patsubst spec/c/%.c,$(B)/ctest/%,$(filter spec/c/%,$(WITH_LUA))): $(EMBEDDED)
$(patsubst spec/fuzz/%.c,$(B)/run/%,$(filter spec/fuzz/%,$(WITH_LUA))): $(EMBEDDED)

$(B)/ctest/%: spec/c/%.c $(B)/libhomey.a $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc/core -Isrc/lua $(LUA_CFLAGS) $(LIB_CFLAGS) $(LDFLAGS) $(if $(filter %_oom_test,$*),$(WRAPPED)) \
	  $(if $(filter %_wipe_test,$*),$(WRAPPED) -Wl$(COMMA)--wrap=free) \
	  $(if $(filter %_clock_test,$*),-Wl$(COMMA)--wrap=hy_clock$(COMMA)--wrap=time) \
	  -o $@ $< $(filter %.o,$^) $(B)/libhomey.a -lcmocka $(LIBS) $(LUA_LIBS) -lm

# With CC=clang, and flags that instrument the sources: see mk/check.sh.
.PHONY: fuzzers
fuzzers: $(patsubst spec/fuzz/%.c,$(B)/run/%,$(wildcard spec/fuzz/*.c))

$(B)/run/%: spec/fuzz/%.c $(B)/libhomey.a $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc/core -Isrc/lua $(LUA_CFLAGS) $(LIB_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer,address,undefined \
	  -o $@ $< $(filter %.o,$^) $(B)/libhomey.a $(LIBS) $(LUA_LIBS) -lm
