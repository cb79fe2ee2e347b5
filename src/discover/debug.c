// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/debug.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "dmaheap_debug.h"

#include "base/auto.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/cgroup.h"

#define FOLDER "kernel/debug/" DMAHEAP_DEBUG_DIR "/"

/*
 * Maximum size of a file in bytes. The module's files are smaller, even if its tables are full of
 * names of maximum length.
 */
#define FILE_SIZE_MAX ((size_t)4 << 20)

/*
 * A key, and the destination of its value. Exactly one destination is set: a number, a text (an
 * unescaped copy, which the caller frees), or a list of buckets.
 */
struct field {
	const char *key;
	struct dh_maybe *number;
	char **text;
	struct dh_bucket **buckets;
	size_t *n_buckets;
};

#define NUMBER(name, to)     ((struct field){ .key = (name), .number = (to) })
#define TEXT(name, to)	     ((struct field){ .key = (name), .text = (to) })
#define BUCKETS(name, to, n) ((struct field){ .key = (name), .buckets = (to), .n_buckets = (n) })

/* Parses a list such as "12:3,other:1". Both "-" and "" are empty lists. */
static int parse_buckets(char *list, struct dh_bucket **buckets, size_t *n)
{
	char *item;
	int ret = 0;

	if (!*list || !strcmp(list, DMAHEAP_DEBUG_ABSENT))
		return 0;
	while (!ret && (item = strsep(&list, ","))) {
		char *colon = strchr(item, ':');
		struct dh_maybe number = { 0 }, count;
		bool other;

		if (!colon)
			return -EBADMSG;
		*colon = '\0';
		other = !strcmp(item, "other");
		if (!other &&
		    (dh_record_number(item, &number) || !number.known || number.value > INT_MAX))
			return -EBADMSG;
		if (dh_record_number(colon + 1, &count) || !count.known)
			return -EBADMSG;
		ret = dh_buckets_add(buckets, n, other ? -1 : (int)number.value, count.value);
	}
	return ret;
}

static int parse_value(const struct field *field, char *value)
{
	if (field->number)
		return dh_record_number(value, field->number);
	if (field->buckets)
		return parse_buckets(value, field->buckets, field->n_buckets);
	return dh_record_unescape(value) ? -EBADMSG : dh_text_copy(field->text, value);
}

/*
 * Parses the pairs of one record, and skips unknown keys. The last element of `fields` has a NULL
 * key. A duplicate key is an error: parsers could disagree about its value.
 */
static int parse_fields(char *pairs, const struct field *fields)
{
	const char *seen[64];
	char *key, *value;
	size_t n_seen = 0;
	int ret;

	while ((ret = dh_record_pair(&pairs, &key, &value)) > 0) {
		for (size_t i = 0; i < n_seen; i++)
			if (!strcmp(seen[i], key))
				return -EBADMSG;
		if (n_seen == ARRAY_SIZE(seen))
			return -EBADMSG;
		seen[n_seen++] = key;
		for (const struct field *field = fields; field->key; field++) {
			ret = strcmp(field->key, key) ? 0 : parse_value(field, value);
			if (ret)
				return ret == -ENOMEM ? ret : -EBADMSG;
		}
	}
	return ret;
}

/* Events that the module counts with probes on kernel functions. */
enum {
	EVENT_OPEN = 1 << 0,
	EVENT_IOCTL = 1 << 1,
	EVENT_EXPORT = 1 << 2,
	EVENT_RELEASE = 1 << 3,
	EVENT_FIND = 1 << 4,
	EVENT_PUT = 1 << 5,
	EVENT_KALLOC = 1 << 6,
};

struct parser {
	struct dh_snapshot *snapshot;
	unsigned int probed;  /* events with a probe that is or was attached */
	unsigned int present; /* events for which the kernel has a function */
};

/*
 * A kind of record. If `other` is set, the record sums up everything that did not fit into the
 * module's tables.
 */
struct record {
	const char *word;
	int (*parse)(const struct record *record, char *pairs, struct parser *parser);
	bool other;
	bool exporter;
};

/* --- The file "stats" --------------------------------------------------------------- */

static int parse_header(const struct record *record, char *pairs, struct parser *parser)
{
	struct dh_snapshot *snapshot = parser->snapshot;
	struct dh_maybe blind = { 0 };
	const struct field fields[] = {
		NUMBER("blind", &blind),
		NUMBER("loaded", &snapshot->loaded),
		NUMBER("now", &snapshot->now),
		NUMBER("reset", &snapshot->reset),
		NUMBER("missed", &snapshot->missed),
		{ 0 },
	};
	int ret;

	(void)record;
	if (snapshot->counted)
		return -EBADMSG;
	snapshot->counted = true;
	ret = parse_fields(pairs, fields);
	return !ret && blind.value ? -ESTALE : ret;
}

static int parse_account(const struct record *record, char *pairs, struct parser *parser)
{
	struct dh_snapshot *snapshot = parser->snapshot;
	struct dh_account *account;
	struct field fields[3 + DH_FIGURES + 1] = { 0 };
	int ret;

	if (snapshot->n_accounts == DH_RECORDS_MAX)
		return -EFBIG;
	account = dh_array_add(&snapshot->accounts, &snapshot->n_accounts);
	if (!account)
		return -ENOMEM;
	account->exporter = record->exporter;
	fields[0] = TEXT(DMAHEAP_DEBUG_KEY_NAME, &account->heap);
	fields[1] = BUCKETS(DMAHEAP_DEBUG_KEY_ERRNOS, &account->errnos, &account->n_errnos);
	fields[2] = BUCKETS(DMAHEAP_DEBUG_KEY_LATENCY, &account->latency, &account->n_latency);
	for (enum dh_figure i = 0; i < DH_FIGURES; i++)
		fields[3 + i] = NUMBER(dh_figure_key(i), &account->figures[i]);
	ret = parse_fields(pairs, fields);
	if (ret)
		return ret;
	if (record->other != !account->heap || (account->heap && !*account->heap))
		return -EBADMSG;
	/* The search returns the first account of the heap. */
	return dh_snapshot_account(snapshot, account->heap) == account ? 0 : -EBADMSG;
}

static int parse_miss(const struct record *record, char *pairs, struct parser *parser)
{
	struct dh_snapshot *snapshot = parser->snapshot;
	struct dh_miss *miss;
	int ret;

	if (snapshot->n_misses == DH_RECORDS_MAX)
		return -EFBIG;
	miss = dh_array_add(&snapshot->misses, &snapshot->n_misses);
	if (!miss)
		return -ENOMEM;
	ret = parse_fields(pairs, (const struct field[]){
					  TEXT(DMAHEAP_DEBUG_KEY_NAME, &miss->name),
					  NUMBER("count", &miss->count),
					  { 0 },
				  });
	if (!ret && record->other != !miss->name)
		ret = -EBADMSG;
	return ret;
}

/* --- The file "callsites" ----------------------------------------------------------- */

static int parse_callsite(const struct record *record, char *pairs, struct parser *parser)
{
	struct dh_snapshot *snapshot = parser->snapshot;
	struct dh_callsite *callsite;
	int ret;

	if (snapshot->n_callsites == DH_RECORDS_MAX)
		return -EFBIG;
	callsite = dh_array_add(&snapshot->callsites, &snapshot->n_callsites);
	if (!callsite)
		return -ENOMEM;
	ret = parse_fields(pairs, (const struct field[]){
					  TEXT("heap", &callsite->heap),
					  TEXT("module", &callsite->module),
					  TEXT("symbol", &callsite->symbol),
					  NUMBER("finds", &callsite->finds),
					  NUMBER("puts", &callsite->puts),
					  NUMBER("kallocs", &callsite->kallocs),
					  { 0 },
				  });
	if (!ret && (record->other != !callsite->heap || record->other != !callsite->module ||
		     record->other != !callsite->symbol))
		ret = -EBADMSG;
	return ret;
}

/* --- The file "probes" -------------------------------------------------------------- */

static unsigned int event_of_function(const char *name)
{
	static const struct {
		const char *name;
		unsigned int event;
	} functions[] = {
		{ "dma_heap_open", EVENT_OPEN },
		{ "dma_heap_ioctl", EVENT_IOCTL },
		{ "dma_buf_export", EVENT_EXPORT },
		{ "dma_buf_release", EVENT_RELEASE },
		{ "dma_buf_file_release", EVENT_RELEASE },
		{ "dma_heap_find", EVENT_FIND },
		{ "dma_heap_find_by_name", EVENT_FIND },
		{ "dma_heap_put", EVENT_PUT },
		{ "dma_heap_buffer_alloc", EVENT_KALLOC },
		{ "dma_heap_bufferfd_alloc", EVENT_KALLOC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (!strcmp(functions[i].name, name))
			return functions[i].event;
	return 0;
}

static int parse_probe(const struct record *record, char *pairs, struct parser *parser)
{
	char *refused = parser->snapshot->refused;
	dh_auto(free) char *function = NULL;
	dh_auto(free) char *state = NULL;
	const struct field fields[] = {
		TEXT("symbol", &function),
		TEXT("state", &state),
		{ 0 },
	};
	unsigned int event;
	int ret = parse_fields(pairs, fields);

	(void)record;
	if (ret || !function || !state)
		return ret ? ret : -EBADMSG;
	event = event_of_function(function);
	if (!strcmp(state, DMAHEAP_DEBUG_STATE_ATTACHED) ||
	    !strcmp(state, DMAHEAP_DEBUG_STATE_GONE))
		parser->probed |= event;
	if (strcmp(state, DMAHEAP_DEBUG_STATE_MISSING) != 0)
		parser->present |= event;
	if (strcmp(state, DMAHEAP_DEBUG_STATE_REFUSED) != 0)
		return 0;
	parser->snapshot->refused =
		refused ? dh_text_format("%s, %s", refused, function) : dh_steal_ptr(function);
	free(refused);
	return parser->snapshot->refused ? 0 : -ENOMEM;
}

/*
 * Sets snapshot->groups, the groups of figures that the module counts, by the rules in
 * kernel/dmaheap_debug/attach.c. Sets snapshot->no_finds if the kernel has no function to find a
 * heap.
 */
static void infer_groups(const struct parser *parser)
{
	static const unsigned int needed[DH_GROUPS] = {
		[DH_GROUP_FINDS] = EVENT_FIND,
		[DH_GROUP_PUTS] = EVENT_PUT,
		[DH_GROUP_REFS] = EVENT_FIND | EVENT_PUT,
		[DH_GROUP_OPENS] = EVENT_OPEN,
		[DH_GROUP_ALLOCS] = EVENT_IOCTL,
		[DH_GROUP_BYTES] = EVENT_IOCTL | EVENT_EXPORT,
		[DH_GROUP_KALLOCS] = EVENT_KALLOC,
		[DH_GROUP_KALLOC_BYTES] = EVENT_KALLOC | EVENT_EXPORT,
		[DH_GROUP_LIVE] = EVENT_IOCTL | EVENT_EXPORT | EVENT_RELEASE,
		[DH_GROUP_FREES] = EVENT_RELEASE,
	};

	/*
	 * DH_GROUP_FILES stays false: if the module has no record of a heap, files can be open that
	 * are older than the module.
	 */
	for (enum dh_group i = 0; i < DH_GROUPS; i++)
		parser->snapshot->groups[i] = needed[i] && !(needed[i] & ~parser->probed);
	parser->snapshot->no_finds = !(parser->present & EVENT_FIND);
}

/* --- Records and files -------------------------------------------------------------- */

static const struct record records[] = {
	{ .word = DMAHEAP_DEBUG_REC_PROBE, .parse = parse_probe },
	{ .word = DMAHEAP_DEBUG_REC_STATS, .parse = parse_header },
	{ .word = DMAHEAP_DEBUG_REC_HEAP, .parse = parse_account },
	{ .word = DMAHEAP_DEBUG_REC_EXPORTER, .parse = parse_account, .exporter = true },
	{ .word = DMAHEAP_DEBUG_REC_HEAP_OTHER, .parse = parse_account, .other = true },
	{ .word = DMAHEAP_DEBUG_REC_MISS, .parse = parse_miss },
	{ .word = DMAHEAP_DEBUG_REC_MISS_OTHER, .parse = parse_miss, .other = true },
	{ .word = DMAHEAP_DEBUG_REC_CALLSITE, .parse = parse_callsite },
	{ .word = DMAHEAP_DEBUG_REC_CALLSITE_OTHER, .parse = parse_callsite, .other = true },
};

static int parse_records(char *text, struct parser *parser)
{
	char *word, *pairs;
	int ret;

	while ((ret = dh_record_next(&text, &word, &pairs)) > 0) {
		for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
			ret = strcmp(records[i].word, word)
				      ? 0
				      : records[i].parse(&records[i], pairs, parser);
			if (ret)
				return ret;
		}
	}
	return ret;
}

/* Completes the snapshot after the last record. */
static int finish(const struct parser *parser)
{
	infer_groups(parser);
	return parser->snapshot->counted ? 0 : -EBADMSG;
}

int dh_debug_parse(char *text, struct dh_snapshot *snapshot)
{
	struct parser parser = { .snapshot = snapshot };
	int ret = parse_records(text, &parser);

	return ret ? ret : finish(&parser);
}

/*
 * Reads the module's file `name` into `text`, which has FILE_SIZE_MAX bytes. Returns 0; -EBADMSG if
 * the file contains a NUL; or another -errno.
 */
static int read_file(const struct dh_root *root, const char *name, char *text)
{
	char path[sizeof(FOLDER) + 32];
	ssize_t length;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	length = dh_file_read(root->sys, path, text, FILE_SIZE_MAX - 1);
	if (length < 0) {
		dh_note(root->log, "sys/%s: %s", path, dh_errno_name((int)-length));
		return (int)length;
	}
	if (strlen(text) != (size_t)length)
		return -EBADMSG;
	/* dh_file_read() removes the last newline, but every record must end with one. */
	if (length)
		strcpy(text + length, "\n");
	return 0;
}

static int read_files(const struct dh_root *root, struct dh_snapshot *snapshot)
{
	static const char *const files[] = { DMAHEAP_DEBUG_PROBES_FILE, DMAHEAP_DEBUG_STATS_FILE,
					     DMAHEAP_DEBUG_CALLSITES_FILE };
	dh_auto(free) char *text = malloc(FILE_SIZE_MAX);
	struct parser parser = { .snapshot = snapshot };
	int ret;

	if (!text)
		return -ENOMEM;
	ret = read_file(root, DMAHEAP_DEBUG_VERSION_FILE, text);
	if (!ret)
		ret = dh_record_version(text, DMAHEAP_DEBUG_REC_VERSION, DMAHEAP_DEBUG_MAJOR);
	for (size_t i = 0; i < ARRAY_SIZE(files) && !ret; i++) {
		ret = read_file(root, files[i], text);
		if (!ret)
			ret = parse_records(text, &parser);
	}
	return ret ? ret : finish(&parser);
}

int dh_debug_read(const struct dh_root *root, struct dh_snapshot *snapshot)
{
	int ret = read_files(root, snapshot);
	char text[64];

	if (ret)
		dh_snapshot_clear(snapshot);
	else
		dh_note(root->log, "sys/" FOLDER ": accounts: %zu, call sites: %zu",
			snapshot->n_accounts, snapshot->n_callsites);
	if (dh_file_read(root->proc, "sys/kernel/random/boot_id", text, sizeof(text)) > 0)
		snprintf(snapshot->boot_id, sizeof(snapshot->boot_id), "%s", text);
	snapshot->charging = dh_cgroup_charging_read(root);
	return ret;
}
