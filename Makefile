# memreg: building, testing and showing it. `make help` lists what there is.
#
# Two kinds of targets.  The commands below run on a bare machine: each first
# installs what it lacks, so they must not need pg_config.  Everything else
# (all, install, clean, ...) is PGXS's own and does.

COMMANDS = help check check-versions demo demo-stop format lint

# Where this file is; not the working directory in a VPATH build.
here := $(dir $(firstword $(MAKEFILE_LIST)))

ifneq (,$(filter $(COMMANDS),$(MAKECMDGOALS)))

.PHONY: $(MAKECMDGOALS)

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' '$(here)Makefile' | expand -t 18
	@echo
	@echo 'make check SUITE=floors|unit|regress|pgtap|isolation|tap TESTS="name ..." runs a part.'
	@echo 'make, make install, make clean: the usual, with PG_CONFIG=... for the server.'

check: ## install what is missing, build, run every test suite on a private server
	@'$(here)test/packages.sh' check
	@'$(here)test/run.sh'

check-versions: ## run make check under the other server versions that Debian offers
	@'$(here)test/versions.sh'

demo: ## build, start a private server, load two registers, show what memreg does
	@'$(here)test/packages.sh' build
	@'$(here)test/demo/demo.sh'

demo-stop: ## stop the demo's server and remove it
	@'$(here)test/demo/stop.sh'

format: ## lay out the C sources
	@'$(here)test/packages.sh' lint
	@'$(here)test/lint.sh' format

lint: ## look for mistakes in the C sources and the scripts
	@'$(here)test/packages.sh' lint
	@'$(here)test/lint.sh'

# Other goals on the same command line go to PGXS.
$(filter-out $(COMMANDS),$(MAKECMDGOALS)):
	$(MAKE) $@

else

EXTENSION = memreg
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" '$(here)memreg.control')
MODULE_big = memreg
PGFILEDESC = "memreg - keeps the promises of a personal-data register"

OBJS := $(patsubst $(here)%.c,%.o,$(sort $(wildcard $(here)src/*.c $(here)src/*/*.c)))

# The install script is the modules' parts, each after those it builds upon.
SQL_ORDER = core registry crypto ident pseudonym consent policy retention report
SQL_PARTS := $(wildcard $(SQL_ORDER:%=$(here)sql/%.sql))
INSTALL_SQL = memreg--$(EXTVERSION).sql
DATA_built = $(INSTALL_SQL)

PG_CPPFLAGS = -I$(here)src
PG_CFLAGS = -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -MMD -MP
ifdef WERROR
PG_CFLAGS += -Werror
endif
SHLIB_LINK = -lsodium
EXTRA_CLEAN = $(OBJS:.o=.d)

# No bitcode, or the build would need the clang that built the server.  Changed
# headers are followed through the compiler's -MMD, not through PGXS, which
# Debian's servers are built without.
override with_llvm = no
override autodepend =

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq (,$(PGXS))
$(error $(PG_CONFIG) not found: run "test/packages.sh build", or name it with PG_CONFIG=/path)
endif
include $(PGXS)
-include $(OBJS:.o=.d)

# A VPATH build starts in an empty directory.
$(shell mkdir -p $(sort $(dir $(OBJS))))

$(OBJS): $(here)Makefile

$(INSTALL_SQL): $(SQL_PARTS) $(here)Makefile
	{ printf '%s\n' '\echo Use "CREATE EXTENSION memreg" to load this file. \quit'; \
	  cat $(SQL_PARTS); } > $@

.DELETE_ON_ERROR:

endif
