# Rules that try, test and check. The scripts in mk/ do the work; their headers document them.

.PHONY: deps demo test one world steady coverage lint check rocks bench modules ctests test-build env

# A sub-make uses all cores, unless the caller passed -j.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TEST_JOBS ?= $(shell expr 2 \* $(JOBS))
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
SUBMAKE = +@$(MAKE) --no-print-directory $(PARALLEL)

deps: ## installs what building, testing and checking need, and lists it first
	@sh mk/deps.sh check $(L)

demo: ## runs a simulated cloud and hub, an automation that switches lamps, and a page to click on
	@sh mk/deps.sh demo $(L)
	$(SUBMAKE) -s module LUA=$(L)
	@eval "$$(sh mk/env.sh $(L))" && exec "$$(sh mk/lua.sh bin $(L))" examples/demo.lua

test: ## runs every spec on every Lua, and the C tests (SPEC=file LUAS="5.4 jit" ORACLE=50)
	@sh mk/deps.sh test $(L)
	+@$(MAKE) --no-print-directory $(PARALLEL) -k -s test-build || BUILD_FAILED=1; export BUILD_FAILED; \
	  B=$(B) JOBS=$(TEST_JOBS) SPEC='$(SPEC)' LUAS='$(LUAS)' ORACLE='$(ORACLE)' sh mk/test.sh

one: ## runs one spec, folder or C test on one Lua (SPEC=spec/time/rule_spec.lua LUA=5.4)
	@[ -n "$(SPEC)" ] || { echo 'make one: SPEC is missing, as in make one SPEC=spec/time/rule_spec.lua' >&2; exit 2; }
	$(SUBMAKE) -s module lib examples $(ONE_C) LUA=$(L)
	@B=$(B) JOBS=$(JOBS) EACH=1 SPEC='$(SPEC)' LUAS=$(L) sh mk/test.sh

world: ## runs the scenes of spec/world in namespaces (SCENE=text LUAS="5.4 jit")
	@sh mk/deps.sh test $(L)
	$(SUBMAKE) -s modules lib examples
	@B=$(B) JOBS=$(or $(WORLD_JOBS),$(TEST_JOBS)) SCENE="$(SCENE)" LUAS='$(LUAS)' sh mk/world.sh

steady: ## runs the suite five times on two busy cores (RUNS=5 BUSY=3 SPEC=file)
	@sh mk/deps.sh test $(L)
	$(SUBMAKE) -s test-build
	@B=$(B) SPEC='$(SPEC)' LUAS='$(LUAS)' sh mk/steady.sh

coverage: ## reports C lines that no C test and no spec on Lua 5.4 runs (SPEC=file)
	@sh mk/deps.sh coverage 5.4
	$(SUBMAKE) -s B=build/coverage LUA=5.4 CC=gcc CFLAGS='-O0 -g --coverage -fprofile-update=atomic' LDFLAGS=--coverage \
	  module lib examples ctests
	@find build/coverage -name '*.gcda' -exec rm -f {} +
	@code=0; B=build/coverage JOBS=$(TEST_JOBS) SLOW=2 LIMIT=300 LUAS=5.4 SPEC='$(SPEC)' C_TESTS=1 sh mk/test.sh || code=1; \
	  gcovr --root . --filter src/ --object-directory build/coverage build/coverage && exit $$code

lint: ## format, luacheck and warnings of files changed since main
	@CHANGED=1 JOBS=$(JOBS) sh mk/check.sh format luacheck rockspec syntax

check: ## sanitizers, Valgrind, static analysis, format, short fuzzing, the page in Chromium
	@sh mk/deps.sh check $(L)
	$(SUBMAKE) -s all LUA=$(L)
	@JOBS=$(JOBS) sh mk/check.sh $(CHECKS)

rocks: ## makes, packs and installs the rock for each Lua, offline
	@sh mk/deps.sh check $(L)
	@sh mk/rocks.sh

bench: ## compares with the vendor's client, libcurl and lua-cjson, on a local nginx hub
	@sh mk/deps.sh bench $(L)
	$(SUBMAKE) -s all LUA=$(L)
	@eval "$$(sh mk/env.sh $(L))" && exec bash bench/run.sh

env: ## prints the environment of this checkout: eval "$(make -s env)"
	@B=$(B) sh mk/env.sh $(L)

# ---- builds for the tests ------------------------------------------------------------------------

# Computed only when needed: pkg-config and the Luas may be missing before `make deps`.
FOUND := $(if $(filter test-build modules,$(MAKECMDGOALS)),$(shell sh mk/lua.sh found))

# The C tests in SPEC, for `make one`.
ONE_C = $(patsubst %.c,$(B)/ctest/%,$(notdir $(filter %_test.c,$(SPEC) $(wildcard $(SPEC:%=%/*_test.c)))))

modules: $(foreach lua,$(FOUND),$(MODULES:%=$(B)/$(lua)/homey/%.so))
ctests: $(patsubst spec/c/%.c,$(B)/ctest/%,$(wildcard spec/c/*.c))
test-build: modules lib examples ctests

# A C test links cmocka and libhomey.a, whose hy_ names it may use. *_oom_test has the allocator
# wrapped, *_wipe_test also free, *_clock_test hy_clock and time. A C test or fuzz target that
# includes json.h or lauxlib.h embeds Lua 5.4 and the binding.
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

# Called with CC=clang and the flags of instrumentation: see mk/check.sh.
.PHONY: fuzzers
fuzzers: $(patsubst spec/fuzz/%.c,$(B)/run/%,$(wildcard spec/fuzz/*.c))

$(B)/run/%: spec/fuzz/%.c $(B)/libhomey.a $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc/core -Isrc/lua $(LUA_CFLAGS) $(LIB_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer,address,undefined \
	  -o $@ $< $(filter %.o,$^) $(B)/libhomey.a $(LIBS) $(LUA_LIBS) -lm
