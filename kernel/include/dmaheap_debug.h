/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text between the kernel module dmaheap_debug and those who read it.
 *
 * The files are in debugfs, below DMAHEAP_DEBUG_DIR. They hold records of one
 * line: a word that says what kind of record it is, then "key=value" pairs,
 * each after one space. No value contains a space. Numbers are decimal, unless
 * they begin with 0x. A figure that nobody counts is DMAHEAP_DEBUG_ABSENT,
 * never 0. dmaheap_debug(4) says what each key means.
 *
 * Text that others chose (names of heaps, of modules and symbols) is escaped:
 * bytes up to 0x20, from 0x7f on, and each of \ " = , : become \xNN, with two
 * lowercase hexadecimal digits; a name that is just "-" becomes \x2d.
 *
 * A reader skips keys and records that it does not know: these come with a new
 * minor version. A new major version changes or removes something; a reader
 * made for another one must refuse.
 *
 * This header belongs to both sides. It includes nothing.
 */
#ifndef DMAHEAP_DEBUG_H
#define DMAHEAP_DEBUG_H

#define DMAHEAP_DEBUG_MAJOR 1
#define DMAHEAP_DEBUG_MINOR 0

#define DMAHEAP_DEBUG_MODULE "dmaheap_debug"

/* Below the place where debugfs is mounted. */
#define DMAHEAP_DEBUG_DIR "dmaheap_debug"

#define DMAHEAP_DEBUG_VERSION_FILE "version"
#define DMAHEAP_DEBUG_PROBES_FILE "probes"
#define DMAHEAP_DEBUG_STATS_FILE "stats"
#define DMAHEAP_DEBUG_CALLSITES_FILE "callsites"
#define DMAHEAP_DEBUG_CONTROL_FILE "control"
#define DMAHEAP_DEBUG_INSPECT_FILE "inspect"
#define DMAHEAP_DEBUG_CLIENT_FILE "client"

#define DMAHEAP_DEBUG_ABSENT "-"

/* The longest name of a heap that is told apart, without the final zero. */
#define DMAHEAP_DEBUG_NAME_MAX 255

/* The kinds of records. */
#define DMAHEAP_DEBUG_REC_VERSION "version"
#define DMAHEAP_DEBUG_REC_PROBE "probe"
#define DMAHEAP_DEBUG_REC_STATS "stats"
#define DMAHEAP_DEBUG_REC_HEAP "heap"
#define DMAHEAP_DEBUG_REC_HEAP_OTHER "heap-other"
#define DMAHEAP_DEBUG_REC_EXPORTER "exporter"
#define DMAHEAP_DEBUG_REC_MISS "miss"
#define DMAHEAP_DEBUG_REC_MISS_OTHER "miss-other"
#define DMAHEAP_DEBUG_REC_CALLSITE "callsite"
#define DMAHEAP_DEBUG_REC_CALLSITE_OTHER "callsite-other"
#define DMAHEAP_DEBUG_REC_INSPECT "inspect"

/* The states of a probe. */
#define DMAHEAP_DEBUG_STATE_ATTACHED "attached"
#define DMAHEAP_DEBUG_STATE_MISSING "missing"
#define DMAHEAP_DEBUG_STATE_REFUSED "refused"
#define DMAHEAP_DEBUG_STATE_GONE "gone"
#define DMAHEAP_DEBUG_STATE_SPARE "spare"

/*
 * The figures of a heap, X(KEY, GROUP): the keys of a "heap" record between
 * "name" and "errnos", in this order. A group is counted, or absent, as one.
 */
#define DMAHEAP_DEBUG_FIGURES(X)	\
	X(finds, FINDS)			\
	X(puts, PUTS)			\
	X(old_puts, REFS)		\
	X(refs, REFS)			\
	X(kept_refs, REFS)		\
	X(opens, OPENS)			\
	X(closes, CLOSES)		\
	X(allocs, ALLOCS)		\
	X(alloc_bytes, BYTES)		\
	X(alloc_fails, ALLOCS)		\
	X(kallocs, KALLOCS)		\
	X(kalloc_bytes, KALLOCS)		\
	X(kalloc_fails, KALLOCS)	\
	X(frees, LIVE)			\
	X(free_bytes, LIVE)		\
	X(live, LIVE)			\
	X(live_bytes, LIVE)		\
	X(peak, LIVE)			\
	X(peak_bytes, LIVE)		\
	X(kept, LIVE)			\
	X(kept_bytes, LIVE)		\
	X(older, FREES)			\
	X(older_bytes, FREES)		\
	X(undone, LIVE)			\
	X(unseen, LIVE)

/* Words that are not figures but stand in the same record. */
#define DMAHEAP_DEBUG_KEY_NAME "name"
#define DMAHEAP_DEBUG_KEY_ERRNOS "errnos"
#define DMAHEAP_DEBUG_KEY_LATENCY "latency"

/* What "control" takes; the second with a heap's name, escaped, after a space. */
#define DMAHEAP_DEBUG_CONTROL_RESET "reset"

#endif
