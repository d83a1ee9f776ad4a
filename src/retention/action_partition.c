/*
 * action_partition.c
 *		Retention actions "drop_partition" and "detach_partition": a whole partition goes.
 *
 * Ordinary DROP TABLE and ALTER TABLE ... DETACH PARTITION, so that event
 * triggers and foreign keys do what they do for any other.  Nothing is dropped
 * along with a partition: a view upon it is an error, and nothing has happened.
 *
 * A detached partition is a table of its own, which no rule and no purpose
 * reaches any more.  If its table is protected, it leaves with memreg's guards,
 * which let nobody in from then on whom row security binds.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/spi.h"
#include "registry/inheritance.h"
#include "retention/action_partition.h"
#include "retention/owner.h"

static bool is_referenced(Oid relation);
static void detach(const RetentionPartition *partition);
static char *present_name(Oid relation);

/*
 * DROP TABLE refuses a partition that foreign keys refer to, even where no row
 * does; DETACH looks at the rows.
 */
void
memreg_action_drop_partition(const RetentionPartition *partition)
{
	if (is_referenced(partition->relation))
		detach(partition);
	memreg_partition_as_owner(partition->relation,
							  psprintf("DROP TABLE %s", present_name(partition->relation)));
	if (get_rel_relkind(partition->relation) != '\0')
		elog(ERROR, "partition %u was not dropped", partition->relation);
}

static bool
is_referenced(Oid relation)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(relation));
	return memreg_spi_run("SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = $1 LIMIT 1",
						  &args) > 0;
}

void
memreg_action_detach_partition(const RetentionPartition *partition)
{
	memreg_partition_guard(partition);
	detach(partition);
}

/* Another may have come to bear the partition's name: then nothing has happened. */
static void
detach(const RetentionPartition *partition)
{
	memreg_partition_as_owner(partition->parent, memreg_partition_statement(partition, ""));
	if (list_member_oid(memreg_inheritance_parents(partition->relation), partition->parent))
		elog(ERROR, "partition %u was not detached", partition->relation);
}

/* how: "", " CONCURRENTLY" or " FINALIZE". */
char *
memreg_partition_statement(const RetentionPartition *partition, const char *how)
{
	return psprintf("ALTER TABLE %s DETACH PARTITION %s%s", present_name(partition->parent),
					present_name(partition->relation), how);
}

/* The relation is locked, so its name stays. */
static char *
present_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

/* Run a utility statement as the relation's owner, in a restricted operation. */
void
memreg_partition_as_owner(Oid relation, const char *statement)
{
	Relation table = table_open(relation, NoLock);
	OwnerContext owner = memreg_owner_enter(table);
	int result;

	table_close(table, NoLock); /* DROP TABLE minds who has it open */
	result = SPI_execute(statement, false, 0);
	if (result != SPI_OK_UTILITY)
		elog(ERROR, "statement about a partition failed: %s", SPI_result_code_string(result));
	memreg_owner_leave(owner);
}

/* One that was added after memreg.protect has no guards of its own yet. */
void
memreg_partition_guard(const RetentionPartition *partition)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(partition->relation));
	memreg_spi_run("SELECT memreg.guard_partition($1::regclass)", &args);
}
