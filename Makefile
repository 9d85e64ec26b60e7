# homey: `make help` lists the targets. Rules that test, check and install are in mk/*.mk.
#
# All output is in build/: the modules side by side for every Lua
# (build/<lua>/homey/core.so and system.so), the C library (libhomey.a, libhomey.so), and
# build/examples. B=dir builds elsewhere, with other flags.

# LUA is read from the command line only (`make LUA=5.1`): other programs also use this variable.
LUA := 5.4
EVERY_LUA := 5.1 5.2 5.3 5.4 jit
L := $(patsubst lua%,%,$(LUA))
ifeq ($(filter $(L),$(EVERY_LUA)),)
$(error LUA=$(LUA): it is one of $(EVERY_LUA))
endif

B := build
VERSION := $(shell sed -n 's/^.define HOMEY_VERSION "\(.*\)"/\1/p' src/core/homey.h)

CFLAGS ?= -O2 -g -fno-align-functions
WARN ?= -Wall -Wextra -Wpedantic
# The core calls neither Lua nor C++, so no error or exception passes through it. It needs no unwind
# tables, which are an eighth of the module. A debugger uses those in the symbols. UNWIND= keeps
# them.
UNWIND ?= -fno-asynchronous-unwind-tables -fno-unwind-tables
PKG_CONFIG ?= pkg-config
LIBS ?= $(or $(shell $(PKG_CONFIG) --libs libcurl libcjson $(CRYPTO) 2>/dev/null),-lcurl -lcjson -lcrypto) $(WSLAY)
# OpenSSL is linked only while a source includes it. wslay has no .pc file.
CRYPTO := $(if $(shell grep -rl 'openssl/' src/core src/lua 2>/dev/null),libcrypto)
WSLAY := $(if $(shell grep -rl 'wslay/' src/core 2>/dev/null),-lwslay)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP $(CPPFLAGS)
LIB_CFLAGS = $(shell $(PKG_CONFIG) --cflags libcurl libcjson $(CRYPTO) 2>/dev/null)

ifeq ($(shell uname -s),Darwin)
MODULE_LD = -bundle -undefined dynamic_lookup -Wl,-exported_symbol,_luaopen_homey_*
SHARED_LD = -dynamiclib
else
# nodelete: unloading libcurl and its libraries at exit takes longer than a request.
# noseparate-code: saves a page or two on routers. now: see src/loader/loader.c.
MODULE_LD = -shared -Wl,--as-needed -Wl,-z,now -Wl,-z,nodelete -Wl,-z,noseparate-code -Wl,--version-script=mk/module.map
SHARED_LD = -shared -Wl,--as-needed -Wl,-z,defs -Wl,-soname,libhomey.so.$(SOVERSION) -Wl,--version-script=mk/libhomey.map
endif
SOVERSION := 0

CORE := $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/core/*/*.c))
BINDING := $(patsubst src/lua/%.c,%.o,$(wildcard src/lua/*.c src/lua/*/*.c))
LOADER := $(patsubst src/loader/%.c,loader/%.o,$(wildcard src/loader/*.c))
SYSTEM := $(patsubst src/system/%.c,system/%.o,$(wildcard src/system/*.c))
MODULES := core loader system
EXAMPLES := $(patsubst examples/c/%.c,$(B)/examples/%,$(wildcard examples/c/*.c))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY: # make would delete intermediate files
.SUFFIXES:
.PHONY: all module lib examples clean format rockspec annotations operations reference unicode help

all: module lib examples ## the module for Lua 5.4 (or LUA=5.1|5.2|5.3|5.4|jit), libhomey, the C examples

module: $(MODULES:%=$(B)/$(L)/homey/%.so)
lib: $(B)/libhomey.a $(B)/libhomey.so
examples: $(EXAMPLES)

# ---- the C core, without any Lua -----------------------------------------------------------------

# Compiles everything again when the flags change.
FLAGS := $(B)/obj/flags
$(shell mkdir -p $(B)/obj && echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(UNWIND) $(LDFLAGS))' | cmp -s - $(FLAGS) || \
	echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(UNWIND) $(LDFLAGS))' > $(FLAGS))

$(B)/obj/core/%.o: src/core/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(UNWIND) -Isrc/core $(LIB_CFLAGS) -c -o $@ $<

$(B)/libhomey.a: $(CORE)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libhomey.so: $(CORE) mk/libhomey.map
	$(CC) $(LDFLAGS) $(SHARED_LD) -o $@ $(CORE) $(LIBS)
	@ln -sf libhomey.so $@.$(SOVERSION)

# Examples link the shared library, so they can use only what homey.h declares.
$(B)/examples/%: examples/c/%.c $(B)/libhomey.so $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc/core $(LDFLAGS) -o $@ $< -L$(B) -lhomey '-Wl,-rpath,$$ORIGIN/..'

# ---- the Lua modules, for each Lua ---------------------------------------------------------------

# 1: a Lua. The objects of the core are shared; the binding is compiled with the headers of each
# Lua. homey.loader and homey.system do not link the core and its libraries.
define lua_module
$(B)/obj/$(1)/%.o: src/lua/%.c $(FLAGS)
	@mkdir -p $$(@D)
	flags=$$$$(sh mk/lua.sh cflags $(1)) && $$(CC) $$(ALL_CFLAGS) -Isrc/core -Isrc/lua $$$$flags $$(LIB_CFLAGS) -c -o $$@ $$<

$(B)/$(1)/homey/core.so: $(addprefix $(B)/obj/$(1)/,$(BINDING)) $(CORE) mk/module.map Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) $$(MODULE_LD) -o $$@ $$(filter %.o,$$^) $$(LIBS)

$(B)/obj/$(1)/loader/%.o: src/loader/%.c $(FLAGS)
	@mkdir -p $$(@D)
	flags=$$$$(sh mk/lua.sh cflags $(1)) && $$(CC) $$(ALL_CFLAGS) -Isrc/lua $$$$flags -c -o $$@ $$<

$(B)/$(1)/homey/loader.so: $(addprefix $(B)/obj/$(1)/,$(LOADER)) mk/module.map
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) $$(MODULE_LD) -o $$@ $$(filter %.o,$$^) -ldl

$(B)/obj/$(1)/system/%.o: src/system/%.c $(FLAGS)
	@mkdir -p $$(@D)
	flags=$$$$(sh mk/lua.sh cflags $(1)) && $$(CC) $$(ALL_CFLAGS) -Isrc/lua $$$$flags -c -o $$@ $$<

$(B)/$(1)/homey/system.so: $(addprefix $(B)/obj/$(1)/,$(SYSTEM)) mk/module.map
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) $$(MODULE_LD) -o $$@ $$(filter %.o,$$^)
endef
$(foreach lua,$(EVERY_LUA),$(eval $(call lua_module,$(lua))))

# ---- the rest ------------------------------------------------------------------------------------

include mk/test.mk
include mk/install.mk

clean: ## removes the output
	rm -rf build homey *.rock
	find src -name '*.o' -delete

format: ## formats the C sources
	clang-format -i $$(find src spec examples/c bench -name '*.[ch]')

rockspec: ## writes the lists of files in rockspec/ anew
	"$$(sh mk/lua.sh bin $(L))" mk/rockspec-check.lua --fix

reference: module ## writes the made parts of docs/ anew, from annotations, tables and rows
	"$$(sh mk/lua.sh bin $(L))" mk/reference/reference.lua
	"$$(sh mk/lua.sh bin $(L))" mk/reference/operations.lua
	LUA_CPATH='$(B)/$(L)/?.so;;' "$$(sh mk/lua.sh bin $(L))" mk/reference/command.lua

annotations: module ## writes options.lua, home.lua and operations.lua in lua/homey/meta, from the rows
	for each in options home operations; do \
	  LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='$(B)/$(L)/?.so;;' \
	    "$$(sh mk/lua.sh bin $(L))" mk/meta/$$each.lua || exit; \
	done

operations: ## writes the tables in lua/homey/api anew, from those in mk/tables
	"$$(sh mk/lua.sh bin $(L))" mk/tables/operations.lua

unicode: ## writes lua/homey/util/text/unicode.lua anew, from the Debian package unicode-data
	"$$(sh mk/lua.sh bin $(L))" mk/tables/unicode.lua

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
	  awk -F '\t' '{ printf "make %-10s %s\n", $$1, $$2 }'

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/examples/*.d $(B)/ctest/*.d $(B)/run/*.d)
