# Rules that install and pack. PREFIX, DESTDIR and each folder below may be set.

.PHONY: install uninstall dist

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
INCLUDEDIR ?= $(PREFIX)/include
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
LUA_ABI := $(patsubst jit,5.1,$(L))
INST_LUADIR ?= $(PREFIX)/share/lua/$(LUA_ABI)
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_ABI)

INSTALL ?= install
LUA_FILES := $(shell cd lua && find homey -type f | sort)
COMMANDS := $(notdir $(wildcard bin/*))
# Completion scripts, where bash-completion, zsh and fish look for them.
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS ?= $(PREFIX)/share/fish/vendor_completions.d

install: module lib ## into PREFIX=/usr/local for LUA=5.4, under DESTDIR if given; also homey.h, libhomey, homey.pc
	@for file in $(LUA_FILES); do \
	  mkdir -p "$$(dirname "$(DESTDIR)$(INST_LUADIR)/$$file")" && \
	  $(INSTALL) -m 644 "lua/$$file" "$(DESTDIR)$(INST_LUADIR)/$$file" || exit 1; done
	sh mk/entry.sh lua/homey/init.lua "$(INST_LIBDIR)" > "$(DESTDIR)$(INST_LUADIR)/homey/init.lua"
	@mkdir -p "$(DESTDIR)$(INST_LIBDIR)/homey" "$(DESTDIR)$(INCLUDEDIR)" "$(DESTDIR)$(LIBDIR)/pkgconfig" "$(DESTDIR)$(BINDIR)"
	$(INSTALL) -m 755 $(MODULES:%=$(B)/$(L)/homey/%.so) "$(DESTDIR)$(INST_LIBDIR)/homey"
	cd lua && "$$(sh ../mk/lua.sh bin $(L))" ../mk/compile.lua "$(INST_LUADIR)" "$(DESTDIR)$(INST_LIBDIR)/homey/compiled" $(LUA_FILES)
	lua=$$(sh mk/lua.sh bin $(L)) && for file in $(COMMANDS); do sh mk/command.sh "bin/$$file" "$$lua" "$(INST_LUADIR)" \
	  "$(INST_LIBDIR)" > "$(DESTDIR)$(BINDIR)/$$file" && chmod 755 "$(DESTDIR)$(BINDIR)/$$file" || exit 1; done
	@mkdir -p "$(DESTDIR)$(BASH_COMPLETIONS)" "$(DESTDIR)$(ZSH_COMPLETIONS)" "$(DESTDIR)$(FISH_COMPLETIONS)"
	umask 022; eval "$$(sh mk/env.sh $(L))"; homey="$$(sh mk/lua.sh bin $(L)) bin/homey"; \
	  if $$homey version >/dev/null 2>&1; then \
	    $$homey completion bash > "$(DESTDIR)$(BASH_COMPLETIONS)/homey" && \
	    $$homey completion zsh > "$(DESTDIR)$(ZSH_COMPLETIONS)/_homey" && \
	    $$homey completion fish > "$(DESTDIR)$(FISH_COMPLETIONS)/homey.fish" && \
	    ln -sf homey "$(DESTDIR)$(BASH_COMPLETIONS)/homey-lua" && \
	    ln -sf homey.fish "$(DESTDIR)$(FISH_COMPLETIONS)/homey-lua.fish"; \
	  else echo "No completion scripts are installed: the module does not run on this machine."; fi
	$(INSTALL) -m 644 src/core/homey.h "$(DESTDIR)$(INCLUDEDIR)/homey.h"
	$(INSTALL) -m 644 $(B)/libhomey.a "$(DESTDIR)$(LIBDIR)/libhomey.a"
	$(INSTALL) -m 755 $(B)/libhomey.so "$(DESTDIR)$(LIBDIR)/libhomey.so.$(VERSION)"
	ln -sf libhomey.so.$(VERSION) "$(DESTDIR)$(LIBDIR)/libhomey.so.$(SOVERSION)"
	ln -sf libhomey.so.$(VERSION) "$(DESTDIR)$(LIBDIR)/libhomey.so"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	  -e 's|@VERSION@|$(VERSION)|' -e 's|@REQUIRES@|$(strip libcurl libcjson $(CRYPTO))|' -e 's|@LIBS@|$(WSLAY)|' mk/homey.pc.in \
	  > "$(DESTDIR)$(LIBDIR)/pkgconfig/homey.pc"
	@mkdir -p "$(DESTDIR)$(MANDIR)/man1"
	umask 022; "$$(sh mk/lua.sh bin $(L))" mk/man.lua "$(DESTDIR)$(MANDIR)/man1" "$(B)/$(L)" || \
	  echo "No manual pages are installed: the module does not run on this machine."
	@[ -n "$(DESTDIR)" ] || sh mk/in-path.sh "$(BINDIR)"

uninstall: ## removes what install wrote; takes the same folders
	@for file in $(LUA_FILES); do rm -f "$(DESTDIR)$(INST_LUADIR)/$$file"; done
	@for file in $(COMMANDS); do rm -f "$(DESTDIR)$(BINDIR)/$$file"; done
	rm -f $(MODULES:%="$(DESTDIR)$(INST_LIBDIR)/homey/%.so") "$(DESTDIR)$(INST_LIBDIR)/homey/compiled" "$(DESTDIR)$(INCLUDEDIR)/homey.h" "$(DESTDIR)$(LIBDIR)/libhomey.a" \
	  "$(DESTDIR)$(LIBDIR)"/libhomey.so* "$(DESTDIR)$(LIBDIR)/pkgconfig/homey.pc"
	@for page in "$(DESTDIR)$(MANDIR)"/man1/homey*.1; do \
	  if grep -qs -e '^\.TH "HOMEY.* "User Commands"$$' -e '^\.so man1/homey\.1$$' "$$page"; then rm -f "$$page"; fi; done
	rm -f "$(DESTDIR)$(BASH_COMPLETIONS)/homey" "$(DESTDIR)$(BASH_COMPLETIONS)/homey-lua" "$(DESTDIR)$(ZSH_COMPLETIONS)/_homey" \
	  "$(DESTDIR)$(FISH_COMPLETIONS)/homey.fish" "$(DESTDIR)$(FISH_COMPLETIONS)/homey-lua.fish"
	@for folder in "$(DESTDIR)$(INST_LUADIR)/homey" "$(DESTDIR)$(INST_LIBDIR)/homey"; do \
	  [ ! -d "$$folder" ] || find "$$folder" -depth -type d -empty -delete; done

dist: ## build/homey-VERSION.tar.gz of the last commit
	@mkdir -p build
	git archive --format=tar --prefix=homey-$(VERSION)/ HEAD | gzip -n > build/homey-$(VERSION).tar.gz
	@echo build/homey-$(VERSION).tar.gz
