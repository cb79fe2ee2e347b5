// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/debug.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/record.h"
#include "base/text.h"
#include "base/units.h"

#define FOLDER "kernel/debug/" DMAHEAP_DEBUG_DIR "/"

/* More than the module's tables fill with the longest names. */
#define FILE_SIZE_MAX ((size_t)4 << 20)

/* A key that is there twice would let one reader see this value and another that. */
struct keys {
	const char *names[64];
	size_t n;
};

/* 1 and the next pair, 0 at the end, -EBADMSG. */
static int next_pair(struct keys *keys, char **pairs, char **key, char **value)
{
	int ret = dh_record_pair(pairs, key, value);

	if (ret <= 0)
		return ret;
	for (size_t i = 0; i < keys->n; i++)
		if (!strcmp(keys->names[i], *key))
			return -EBADMSG;
	if (keys->n == ARRAY_SIZE(keys->names))
		return -EBADMSG;
	keys->names[keys->n++] = *key;
	return 1;
}

/* Where pairs of a number go to; ended by a NULL key. */
struct slot {
	const char *key;
	struct dh_maybe *number;
};

/* Where pairs of an escaped text go to, as it stands in the line; likewise. */
struct word {
	const char *key;
	char **text;
};

static int put_pair(const struct slot *slots, const struct word *words, const char *key,
		    char *value)
{
	for (; slots && slots->key; slots++)
		if (!strcmp(slots->key, key))
			return dh_record_number(value, slots->number);
	for (; words && words->key; words++) {
		if (strcmp(words->key, key))
			continue;
		*words->text = value;
		return dh_record_unescape(value);
	}
	return 0;
}

/* Reads the pairs of one record. Keys of which nobody knows are skipped. */
static int read_pairs(char *pairs, const struct slot *slots, const struct word *words)
{
	struct keys keys = { .n = 0 };
	char *key, *value;
	int ret;

	while ((ret = next_pair(&keys, &pairs, &key, &value)) > 0) {
		ret = put_pair(slots, words, key, value);
		if (ret)
			return ret == -ERANGE ? -EBADMSG : ret;
	}
	return ret;
}

int dh_debug_parse_version(char *text)
{
	struct dh_maybe major = { 0 };
	const struct slot slots[] = { { "major", &major }, { 0 } };
	char *word, *pairs;
	int ret = dh_record_next(&text, &word, &pairs);

	if (ret <= 0 || strcmp(word, DMAHEAP_DEBUG_REC_VERSION))
		return -EBADMSG;
	/* What another major version has behind that, nobody knows. */
	ret = read_pairs(pairs, slots, NULL);
	if (major.known && major.value != DMAHEAP_DEBUG_MAJOR)
		return -EPROTO;
	return ret || !major.known ? -EBADMSG : 0;
}

/* "12:3,other:1" into shares; "-" and "" are none. */
static int read_shares(char *list, struct dh_bucket **shares, size_t *n)
{
	if (!strcmp(list, DMAHEAP_DEBUG_ABSENT))
		return 0;
	while (*list) {
		char *colon = strchr(list, ':'), *comma = strchr(list, ',');
		struct dh_maybe number = dh_known((uint64_t)-1), count;
		bool other;
		int ret;

		if (!colon || (comma && comma < colon))
			return -EBADMSG;
		*colon = '\0';
		if (comma)
			*comma = '\0';
		other = !strcmp(list, "other");
		if ((!other && dh_record_number(list, &number)) || !number.known ||
		    (!other && number.value > INT_MAX) || dh_record_number(colon + 1, &count) ||
		    !count.known)
			return -EBADMSG;
		ret = dh_buckets_add(shares, n, other ? -1 : (int)number.value, count.value);
		if (ret)
			return ret;
		if (comma && !comma[1])
			return -EBADMSG;
		list = comma ? comma + 1 : colon + 1 + strlen(colon + 1);
	}
	return 0;
}

static int put_account_pair(struct dh_account *account, const char *key, char *value, char **name)
{
	if (!strcmp(key, DMAHEAP_DEBUG_KEY_NAME)) {
		*name = value;
		return dh_record_unescape(value);
	}
	if (!strcmp(key, DMAHEAP_DEBUG_KEY_ERRNOS))
		return read_shares(value, &account->errnos, &account->n_errnos);
	if (!strcmp(key, DMAHEAP_DEBUG_KEY_LATENCY))
		return read_shares(value, &account->latency, &account->n_latency);
	for (enum dh_figure i = 0; i < DH_FIGURES; i++)
		if (!strcmp(key, dh_figure_key(i)))
			return dh_record_number(value, &account->figures[i]);
	return 0;
}

static int read_account(char *pairs, bool other, bool exporter, struct dh_snapshot *snapshot)
{
	struct dh_account *account = dh_snapshot_add_account(snapshot);
	char *key, *value, *name = NULL;
	struct keys keys = { .n = 0 };
	int ret;

	if (!account)
		return -ENOMEM;
	account->exporter = exporter;
	while ((ret = next_pair(&keys, &pairs, &key, &value)) > 0) {
		ret = put_account_pair(account, key, value, &name);
		if (ret)
			return ret == -ENOMEM ? ret : -EBADMSG;
	}
	if (ret)
		return ret;
	/* Its own name must not find it: it is the last one, still without. */
	if (other != !name || (name && (!*name || dh_snapshot_account(snapshot, name))))
		return -EBADMSG;
	if (other)
		return dh_snapshot_account(snapshot, NULL) == account ? 0 : -EBADMSG;
	return dh_text_copy(&account->heap, name);
}

static int read_miss(char *pairs, bool other, struct dh_snapshot *snapshot)
{
	struct dh_miss *miss = dh_snapshot_add_miss(snapshot);
	char *name = NULL;
	int ret;

	if (!miss)
		return -ENOMEM;
	ret = read_pairs(pairs, (const struct slot[]){ { "count", &miss->count }, { 0 } },
			 (const struct word[]){ { DMAHEAP_DEBUG_KEY_NAME, &name }, { 0 } });
	if (ret || other != !name)
		return -EBADMSG;
	return dh_text_copy(&miss->name, name);
}

static int read_stats_record(const char *word, char *pairs, struct dh_snapshot *snapshot)
{
	const struct slot slots[] = {
		{ "loaded", &snapshot->loaded },
		{ "now", &snapshot->now },
		{ "reset", &snapshot->reset },
		{ "missed", &snapshot->missed },
		{ 0 },
	};

	if (snapshot->n_accounts == DH_RECORDS_MAX || snapshot->n_misses == DH_RECORDS_MAX)
		return -EFBIG;
	if (!strcmp(word, DMAHEAP_DEBUG_REC_STATS)) {
		if (snapshot->counted)
			return -EBADMSG;
		snapshot->counted = true;
		return read_pairs(pairs, slots, NULL);
	}
	if (!strcmp(word, DMAHEAP_DEBUG_REC_HEAP))
		return read_account(pairs, false, false, snapshot);
	if (!strcmp(word, DMAHEAP_DEBUG_REC_EXPORTER))
		return read_account(pairs, false, true, snapshot);
	if (!strcmp(word, DMAHEAP_DEBUG_REC_HEAP_OTHER))
		return read_account(pairs, true, false, snapshot);
	if (!strcmp(word, DMAHEAP_DEBUG_REC_MISS))
		return read_miss(pairs, false, snapshot);
	if (!strcmp(word, DMAHEAP_DEBUG_REC_MISS_OTHER))
		return read_miss(pairs, true, snapshot);
	return 0;
}

static int read_callsite(char *pairs, bool other, struct dh_snapshot *snapshot)
{
	struct dh_callsite *callsite;
	char *heap = NULL, *module = NULL, *symbol = NULL;
	int ret;

	if (snapshot->n_callsites == DH_RECORDS_MAX)
		return -EFBIG;
	callsite = dh_snapshot_add_callsite(snapshot);
	if (!callsite)
		return -ENOMEM;
	ret = read_pairs(
		pairs,
		(const struct slot[]){ { "finds", &callsite->finds },
				       { "puts", &callsite->puts },
				       { "kallocs", &callsite->kallocs },
				       { 0 } },
		(const struct word[]){
			{ "heap", &heap }, { "module", &module }, { "symbol", &symbol }, { 0 } });
	if (ret || other != !heap || other != !module || other != !symbol)
		return -EBADMSG;
	if (dh_text_copy(&callsite->heap, heap) || dh_text_copy(&callsite->module, module) ||
	    dh_text_copy(&callsite->symbol, symbol))
		return -ENOMEM;
	return 0;
}

static int read_callsites_record(const char *word, char *pairs, struct dh_snapshot *snapshot)
{
	if (!strcmp(word, DMAHEAP_DEBUG_REC_CALLSITE))
		return read_callsite(pairs, false, snapshot);
	if (!strcmp(word, DMAHEAP_DEBUG_REC_CALLSITE_OTHER))
		return read_callsite(pairs, true, snapshot);
	return 0;
}

/* What a function's probe tells of. */
enum part {
	PART_OPEN = 1 << 0,
	PART_IOCTL = 1 << 1,
	PART_EXPORT = 1 << 2,
	PART_RELEASE = 1 << 3,
	PART_FIND = 1 << 4,
	PART_PUT = 1 << 5,
	PART_KALLOC = 1 << 6,
};

static unsigned int part_of(const char *symbol)
{
	static const struct {
		const char *symbol;
		unsigned int part;
	} parts[] = {
		{ "dma_heap_open", PART_OPEN },
		{ "dma_heap_ioctl", PART_IOCTL },
		{ "dma_buf_export", PART_EXPORT },
		{ "dma_buf_release", PART_RELEASE },
		{ "dma_buf_file_release", PART_RELEASE },
		{ "dma_heap_find", PART_FIND },
		{ "dma_heap_find_by_name", PART_FIND },
		{ "dma_heap_put", PART_PUT },
		{ "dma_heap_buffer_alloc", PART_KALLOC },
		{ "dma_heap_bufferfd_alloc", PART_KALLOC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strcmp(parts[i].symbol, symbol))
			return parts[i].part;
	return 0;
}

/* Appends a name to a list for people. */
static int list_name(char **list, const char *name)
{
	char *longer = dh_text_format("%s%s%s", *list ? *list : "", *list ? ", " : "", name);

	if (!longer)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

struct parts {
	unsigned int seen;  /* also if it has ended since */
	unsigned int there; /* functions that the kernel has, whether or not it lets us look */
};

static int read_probe(char *pairs, struct dh_snapshot *snapshot, struct parts *parts)
{
	char *symbol = NULL, *state = NULL;
	unsigned int part;
	int ret = read_pairs(
		pairs, NULL,
		(const struct word[]){ { "symbol", &symbol }, { "state", &state }, { 0 } });

	if (ret || !symbol || !state)
		return -EBADMSG;
	part = part_of(symbol);
	if (!strcmp(state, DMAHEAP_DEBUG_STATE_ATTACHED) ||
	    !strcmp(state, DMAHEAP_DEBUG_STATE_GONE))
		parts->seen |= part;
	if (strcmp(state, DMAHEAP_DEBUG_STATE_MISSING) != 0)
		parts->there |= part;
	if (strcmp(state, DMAHEAP_DEBUG_STATE_REFUSED) != 0)
		return 0;
	return list_name(&snapshot->refused, symbol);
}

/* As the module decides it (kernel/dmaheap_debug/probes.c). */
static void settle_groups(struct dh_snapshot *snapshot, const struct parts *parts)
{
	static const unsigned int needed[DH_GROUPS] = {
		[DH_GROUP_FINDS] = PART_FIND,
		[DH_GROUP_PUTS] = PART_PUT,
		[DH_GROUP_REFS] = PART_FIND | PART_PUT,
		[DH_GROUP_OPENS] = PART_OPEN,
		[DH_GROUP_ALLOCS] = PART_IOCTL,
		[DH_GROUP_BYTES] = PART_IOCTL | PART_EXPORT,
		[DH_GROUP_KALLOCS] = PART_KALLOC,
		[DH_GROUP_LIVE] = PART_IOCTL | PART_EXPORT | PART_RELEASE,
		[DH_GROUP_FREES] = PART_RELEASE,
	};

	/* Whether closes are counted the module finds out by seeing some. */
	for (enum dh_group i = 0; i < DH_GROUPS; i++)
		snapshot->groups[i] = needed[i] && !(needed[i] & ~parts->seen);
	snapshot->no_finds = !(parts->there & PART_FIND);
}

static int read_records(char *text,
			int (*read)(const char *word, char *pairs, struct dh_snapshot *snapshot),
			struct dh_snapshot *snapshot)
{
	char *word, *pairs;
	int ret;

	while ((ret = dh_record_next(&text, &word, &pairs)) > 0) {
		ret = read(word, pairs, snapshot);
		if (ret)
			return ret;
	}
	return ret;
}

int dh_debug_parse_stats(char *text, struct dh_snapshot *snapshot)
{
	int ret = read_records(text, read_stats_record, snapshot);

	return ret ? ret : snapshot->counted ? 0 : -EBADMSG;
}

int dh_debug_parse_callsites(char *text, struct dh_snapshot *snapshot)
{
	return read_records(text, read_callsites_record, snapshot);
}

int dh_debug_parse_probes(char *text, struct dh_snapshot *snapshot)
{
	struct parts parts = { 0 };
	char *word, *pairs;
	int ret;

	while ((ret = dh_record_next(&text, &word, &pairs)) > 0) {
		if (strcmp(word, DMAHEAP_DEBUG_REC_PROBE) != 0)
			continue;
		ret = read_probe(pairs, snapshot, &parts);
		if (ret)
			return ret;
	}
	settle_groups(snapshot, &parts);
	return ret;
}

void dh_debug_read_kernel(const struct dh_root *root, struct dh_snapshot *snapshot)
{
	char text[64];
	ssize_t length = dh_file_read(root->proc, "sys/kernel/random/boot_id", text, sizeof(text));

	if (length > 0)
		snprintf(snapshot->boot_id, sizeof(snapshot->boot_id), "%s", text);
	length = dh_file_read(root->sys, "module/dma_heap/parameters/mem_accounting", text,
			      sizeof(text));
	if (length > 0 && strchr("YyNn01", text[0]))
		snapshot->charging = dh_known(strchr("Yy1", text[0]) != NULL);
}

/* A whole file, which must be text; 0 or -errno. */
static int read_file(const struct dh_root *root, const char *name, char *text)
{
	char path[sizeof(FOLDER) + 32];
	ssize_t length;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	/* It takes the last newline away, and a record without an end is none. */
	length = dh_file_read(root->sys, path, text, FILE_SIZE_MAX - 1);
	if (length < 0) {
		dh_note(root->log, "sys/%s: %s", path, dh_errno_name((int)-length));
		return (int)length;
	}
	if (strlen(text) != (size_t)length)
		return -EBADMSG;
	if (length) {
		text[length] = '\n';
		text[length + 1] = '\0';
	}
	return 0;
}

static int read_all(const struct dh_root *root, char *text, struct dh_snapshot *snapshot)
{
	int ret = read_file(root, DMAHEAP_DEBUG_VERSION_FILE, text);

	if (!ret)
		ret = dh_debug_parse_version(text);
	if (!ret)
		ret = read_file(root, DMAHEAP_DEBUG_PROBES_FILE, text);
	if (!ret)
		ret = dh_debug_parse_probes(text, snapshot);
	if (!ret)
		ret = read_file(root, DMAHEAP_DEBUG_STATS_FILE, text);
	if (!ret)
		ret = dh_debug_parse_stats(text, snapshot);
	if (!ret)
		ret = read_file(root, DMAHEAP_DEBUG_CALLSITES_FILE, text);
	if (!ret)
		ret = dh_debug_parse_callsites(text, snapshot);
	return ret;
}

int dh_debug_read(const struct dh_root *root, struct dh_snapshot *snapshot)
{
	dh_auto(free) char *text = malloc(FILE_SIZE_MAX);
	struct dh_snapshot kernel = { .charging = snapshot->charging };
	int ret;

	if (!text)
		return -ENOMEM;
	ret = read_all(root, text, snapshot);
	if (!ret) {
		dh_note(root->log, "sys/" FOLDER ": %zu accounts, %zu call sites",
			snapshot->n_accounts, snapshot->n_callsites);
		return 0;
	}
	memcpy(kernel.boot_id, snapshot->boot_id, sizeof(kernel.boot_id));
	dh_snapshot_clear(snapshot);
	*snapshot = kernel;
	return ret;
}
