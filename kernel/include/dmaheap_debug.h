/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text interface of the kernel modules dmaheap_debug and dmaheap_client.
 *
 * The files are in the debugfs directories DMAHEAP_DEBUG_DIR and DMAHEAP_CLIENT_DIR. Each line
 * is a record: a word that names the kind of record, then "key=value" pairs, separated by single
 * spaces. Values contain no spaces. Numbers are decimal, or hexadecimal if they begin with 0x. The
 * value of an unavailable figure is DMAHEAP_DEBUG_ABSENT, never 0. dmaheap_debug(4) and
 * dmaheap_client(4) describe the keys.
 *
 * Names of heaps, exporters, modules and symbols are escaped. Bytes up to 0x20, bytes
 * from 0x7f on, and each of \ " = , : become \xNN, with two lowercase hexadecimal
 * digits. The name "-" becomes \x2d.
 *
 * A new minor version can add keys and records: readers must ignore unknown keys and
 * records. A new major version changes or removes keys or records: readers must reject an
 * unknown major version.
 *
 * The kernel modules and the tool share this header, so it includes no other header.
 */
#ifndef DMAHEAP_DEBUG_H
#define DMAHEAP_DEBUG_H

#define DMAHEAP_DEBUG_MAJOR 1
#define DMAHEAP_DEBUG_MINOR 1

#define DMAHEAP_DEBUG_MODULE "dmaheap_debug"

/* Name of the debugfs directory of dmaheap_debug. */
#define DMAHEAP_DEBUG_DIR "dmaheap_debug"

#define DMAHEAP_DEBUG_VERSION_FILE "version"
#define DMAHEAP_DEBUG_PROBES_FILE "probes"
#define DMAHEAP_DEBUG_STATS_FILE "stats"
#define DMAHEAP_DEBUG_CALLSITES_FILE "callsites"
#define DMAHEAP_DEBUG_CONTROL_FILE "control"

#define DMAHEAP_CLIENT_MAJOR 1
#define DMAHEAP_CLIENT_MINOR 0

#define DMAHEAP_CLIENT_MODULE "dmaheap_client"

/* Name of the debugfs directory of dmaheap_client. It also contains DMAHEAP_DEBUG_VERSION_FILE. */
#define DMAHEAP_CLIENT_DIR "dmaheap_client"

#define DMAHEAP_CLIENT_INSPECT_FILE "inspect"
#define DMAHEAP_CLIENT_CLIENT_FILE "client"

#define DMAHEAP_DEBUG_ABSENT "-"

/*
 * Maximum length of a heap name in bytes, before escaping and without the terminating
 * NUL. Longer names are truncated.
 */
#define DMAHEAP_DEBUG_NAME_MAX 255

/* Kinds of records. */
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

/* States of a probe. */
#define DMAHEAP_DEBUG_STATE_ATTACHED "attached"
#define DMAHEAP_DEBUG_STATE_MISSING "missing"
#define DMAHEAP_DEBUG_STATE_REFUSED "refused"
#define DMAHEAP_DEBUG_STATE_GONE "gone"
#define DMAHEAP_DEBUG_STATE_SPARE "spare"

/*
 * Figures of a heap, as X(KEY, GROUP): the keys of a "heap" record between "name" and
 * "errnos", in this order. The figures of a group are all counted, or all absent.
 */
#define DMAHEAP_DEBUG_FIGURES(X)	\
	X(finds, FINDS)			\
	X(puts, PUTS)			\
	X(old_puts, REFS)		\
	X(refs, REFS)			\
	X(kept_refs, REFS)		\
	X(opens, OPENS)			\
	X(open_files, FILES)		\
	X(allocs, ALLOCS)		\
	X(alloc_bytes, BYTES)		\
	X(alloc_fails, ALLOCS)		\
	X(kallocs, KALLOCS)		\
	X(kalloc_bytes, KALLOC_BYTES)	\
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

/* Keys of a "heap" record that are not figures. */
#define DMAHEAP_DEBUG_KEY_NAME "name"
#define DMAHEAP_DEBUG_KEY_ERRNOS "errnos"
#define DMAHEAP_DEBUG_KEY_LATENCY "latency"

/* Command of the "control" file. A space and the escaped name of an account may follow. */
#define DMAHEAP_DEBUG_CONTROL_RESET "reset"

#endif
