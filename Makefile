# memreg: building, testing and showing it. `make help` lists what there is.
#
# Two kinds of targets.  The commands below run on a bare machine: each first
# installs what it lacks, so they must not need pg_config.  Everything else
# (all, install, clean, ...) is PGXS's own and does.

COMMANDS = help bench check check-assert check-long check-random check-versions demo demo-stop format fuzz lint

# Where this file is; not the working directory in a VPATH build.
here := $(dir $(firstword $(MAKEFILE_LIST)))

ifneq (,$(filter $(COMMANDS),$(MAKECMDGOALS)))

.PHONY: $(MAKECMDGOALS)

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' '$(here)Makefile' | expand -t 18
	@echo
	@echo 'make check SUITE=floors|unit|regress|pgtap|isolation|tap TESTS="name ..." runs a part.'
	@echo 'make, make install, make clean: the usual, with PG_CONFIG=... for the server.'

bench: ## measure speed and memory against plain PostgreSQL (BENCH="name ..." a part)
	@'$(here)test/packages.sh' bench
	@'$(here)test/bench/bench.sh'

check: ## install what is missing, build, run every test suite on a private server
	@'$(here)test/packages.sh' check
	@'$(here)test/run.sh'

check-assert: ## run make check on a server built with assertions, which Debian's are not
	@'$(here)test/packages.sh' assert
	@'$(here)test/assert.sh'

check-long: ## the load test of the consent index at full measure: 100 clients, 20 seconds
	@'$(here)test/packages.sh' check
	@MEMREG_LOAD_CLIENTS=100 MEMREG_LOAD_SECONDS=20 MEMREG_LOAD_CHANGES=1000 \
		SUITE=tap TESTS=consent_index_load '$(here)test/run.sh'

check-random: ## ten minutes each: random statements over guarded tables, those of SQLsmith, and retention beside writers and kills
	@'$(here)test/packages.sh' check
	@MEMREG_RANDOM_SECONDS="$${MEMREG_RANDOM_SECONDS:-600}" MEMREG_RANDOM_SEED="$${MEMREG_RANDOM_SEED:-$$(date +%s)}" \
		MEMREG_TEST_LIMIT=3600 SUITE=tap TESTS="policy_random policy_sqlsmith retention_model" '$(here)test/run.sh'

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

fuzz: ## look for inputs that break what reads tokens, codes and addresses (FUZZ="name ..." a part)
	@'$(here)test/packages.sh' fuzz
	@'$(here)test/fuzz/fuzz.sh'

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

# Floor by floor, as the modules are initialized.
OBJS = \
	src/core/actor.o \
	src/core/announce.o \
	src/core/database_command.o \
	src/core/database_worker.o \
	src/core/extension.o \
	src/core/preload.o \
	src/core/rename.o \
	src/core/spi.o \
	src/crypto/key_source.o \
	src/crypto/master_key.o \
	src/crypto/multiset.o \
	src/crypto/prefix.o \
	src/crypto/prf.o \
	src/crypto/seal.o \
	src/crypto/seal_token.o \
	src/crypto/token.o \
	src/crypto/wrap.o \
	src/generalize/age.o \
	src/generalize/blanks.o \
	src/generalize/calendar.o \
	src/generalize/email.o \
	src/generalize/form.o \
	src/generalize/granularity.o \
	src/generalize/inet.o \
	src/generalize/ip.o \
	src/generalize/json.o \
	src/generalize/json_value.o \
	src/generalize/letters.o \
	src/generalize/number.o \
	src/generalize/numeric.o \
	src/generalize/postal_code.o \
	src/generalize/text.o \
	src/ident/business_id.o \
	src/ident/hetu.o \
	src/ident/ident.o \
	src/ident/json_text.o \
	src/ident/readable.o \
	src/ident/refuse.o \
	src/registry/catalog.o \
	src/registry/inheritance.o \
	src/registry/kept.o \
	src/registry/lineage.o \
	src/registry/lock.o \
	src/registry/membership.o \
	src/registry/rename.o \
	src/registry/scan.o \
	src/registry/subject.o \
	src/pseudonym/character.o \
	src/pseudonym/chosen.o \
	src/pseudonym/column_follow.o \
	src/pseudonym/column_refresh.o \
	src/pseudonym/column_row.o \
	src/pseudonym/column_trigger.o \
	src/pseudonym/forget_subject.o \
	src/pseudonym/key_functions.o \
	src/pseudonym/name.o \
	src/pseudonym/nickname.o \
	src/pseudonym/phone_number.o \
	src/pseudonym/phrase.o \
	src/pseudonym/pseudonym.o \
	src/pseudonym/pseudonyms.o \
	src/pseudonym/register_scope.o \
	src/pseudonym/scope.o \
	src/pseudonym/scope_call.o \
	src/pseudonym/scope_key.o \
	src/pseudonym/scope_right.o \
	src/pseudonym/scope_row.o \
	src/pseudonym/seal.o \
	src/pseudonym/shape.o \
	src/pseudonym/shape_date.o \
	src/pseudonym/shape_email.o \
	src/pseudonym/shape_ip.o \
	src/pseudonym/shape_phone.o \
	src/pseudonym/shape_postal.o \
	src/pseudonym/subject_pseudonym.o \
	src/pseudonym/subject_secret.o \
	src/pseudonym/unsealing.o \
	src/pseudonym/words.o \
	src/pseudonym/words_en.o \
	src/pseudonym/words_fi.o \
	src/pseudonym/words_sv.o \
	src/consent/add_subject.o \
	src/consent/argument.o \
	src/consent/consent.o \
	src/consent/covered.o \
	src/consent/drop_database.o \
	src/consent/feed.o \
	src/consent/hold.o \
	src/consent/image.o \
	src/consent/index.o \
	src/consent/index_lock.o \
	src/consent/int_set.o \
	src/consent/key_set.o \
	src/consent/kind.o \
	src/consent/ledger.o \
	src/consent/load.o \
	src/consent/load_worker.o \
	src/consent/lookup.o \
	src/consent/new_row.o \
	src/consent/note.o \
	src/consent/objection.o \
	src/consent/own.o \
	src/consent/refresh.o \
	src/consent/report.o \
	src/consent/restriction.o \
	src/consent/set_reader.o \
	src/consent/shared.o \
	src/consent/state.o \
	src/consent/subject_key.o \
	src/consent/subject_set.o \
	src/consent/vouch.o \
	src/policy/access.o \
	src/policy/aggregate.o \
	src/policy/aggregate_joins.o \
	src/policy/aggregate_limit.o \
	src/policy/aggregate_once.o \
	src/policy/aggregate_remainder.o \
	src/policy/attached.o \
	src/policy/carried.o \
	src/policy/category.o \
	src/policy/category_declared.o \
	src/policy/constraint.o \
	src/policy/counts.o \
	src/policy/decision.o \
	src/policy/declared.o \
	src/policy/enough_subjects.o \
	src/policy/equality.o \
	src/policy/executor.o \
	src/policy/explain.o \
	src/policy/functions.o \
	src/policy/ground.o \
	src/policy/ground_check.o \
	src/policy/ground_scan.o \
	src/policy/ground_support.o \
	src/policy/grouping.o \
	src/policy/guard.o \
	src/policy/guarded.o \
	src/policy/guards.o \
	src/policy/inline.o \
	src/policy/interface.o \
	src/policy/label.o \
	src/policy/label_text.o \
	src/policy/level.o \
	src/policy/logged.o \
	src/policy/mark.o \
	src/policy/mentioned.o \
	src/policy/needed.o \
	src/policy/opened.o \
	src/policy/own.o \
	src/policy/planner.o \
	src/policy/policy.o \
	src/policy/proof.o \
	src/policy/quiet.o \
	src/policy/reference.o \
	src/policy/referential.o \
	src/policy/rewritten.o \
	src/policy/session.o \
	src/policy/subject_token.o \
	src/policy/ticket.o \
	src/policy/treat_generalize.o \
	src/policy/treat_if_consent.o \
	src/policy/treat_json_keys.o \
	src/policy/treat_pseudonym.o \
	src/policy/treatment.o \
	src/policy/treatment_declare.o \
	src/policy/trigger.o \
	src/policy/typed.o \
	src/policy/walk.o \
	src/policy/written.o \
	src/retention/action.o \
	src/retention/action_anonymize.o \
	src/retention/action_change.o \
	src/retention/action_delete.o \
	src/retention/action_partition.o \
	src/retention/action_treat.o \
	src/retention/activity.o \
	src/retention/activity_seen.o \
	src/retention/activity_source.o \
	src/retention/activity_trigger.o \
	src/retention/agenda.o \
	src/retention/agenda_note.o \
	src/retention/agenda_view.o \
	src/retention/announcement.o \
	src/retention/batch.o \
	src/retention/batch_size.o \
	src/retention/change.o \
	src/retention/change_check.o \
	src/retention/count.o \
	src/retention/cutoff.o \
	src/retention/due.o \
	src/retention/due_event.o \
	src/retention/due_scan.o \
	src/retention/due_subjects.o \
	src/retention/erase.o \
	src/retention/event.o \
	src/retention/event_functions.o \
	src/retention/event_note.o \
	src/retention/event_row.o \
	src/retention/failure.o \
	src/retention/follow.o \
	src/retention/history.o \
	src/retention/kept_rows.o \
	src/retention/kept_subjects.o \
	src/retention/launcher.o \
	src/retention/one_time_key.o \
	src/retention/overdue.o \
	src/retention/owner.o \
	src/retention/partition.o \
	src/retention/partition_detach.o \
	src/retention/partition_due.o \
	src/retention/partition_history.o \
	src/retention/partition_lock.o \
	src/retention/partition_rows.o \
	src/retention/partition_run.o \
	src/retention/partition_take.o \
	src/retention/pending.o \
	src/retention/physical.o \
	src/retention/places.o \
	src/retention/procedure.o \
	src/retention/proof_key.o \
	src/retention/purge.o \
	src/retention/record.o \
	src/retention/record_seal.o \
	src/retention/removal.o \
	src/retention/report.o \
	src/retention/retention.o \
	src/retention/round.o \
	src/retention/row_delete.o \
	src/retention/row_digest.o \
	src/retention/row_element.o \
	src/retention/rule.o \
	src/retention/run.o \
	src/retention/schedule.o \
	src/retention/shown.o \
	src/retention/step.o \
	src/retention/subject_rows.o \
	src/retention/subject_tables.o \
	src/retention/sweep.o \
	src/retention/table.o \
	src/retention/tally.o \
	src/retention/term.o \
	src/retention/throttle.o \
	src/retention/toplevel.o \
	src/retention/turn.o \
	src/retention/upcoming.o \
	src/retention/worker.o \
	src/memreg.o

# The install script is the modules' parts, each after those it builds upon.
SQL_ORDER = core registry registry_table registry_access crypto ident generalize scope pseudonym nickname shape seal subject_secret pseudonym_column consent hold consent_index category policy policy_interface policy_session aggregate retention retention_rest retention_due activity anonymize worker partition retention_record retention_status why column report
SQL_PARTS := $(wildcard $(SQL_ORDER:%=$(here)sql/%.sql))
INSTALL_SQL = memreg--$(EXTVERSION).sql
DATA_built = $(INSTALL_SQL)

PG_CPPFLAGS = -I$(here)src
PG_CFLAGS = -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -MMD -MP
ifdef WERROR
PG_CFLAGS += -Werror
endif
SHLIB_LINK = -lsodium -Wl,-Bsymbolic-functions
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
