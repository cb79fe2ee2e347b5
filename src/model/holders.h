/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds which dma-buf: plain records, filled in by discover/holders.h, and the
 * grouping and the totals made of them.
 *
 * A dma-buf is named by its inode number, which the kernel does not use twice
 * (a counter of 64 bits in drivers/dma-buf/dma-buf.c; of 32 bits on 32-bit machines).
 */
#ifndef DH_MODEL_HOLDERS_H
#define DH_MODEL_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maybe.h"

struct dh_held_buffer {
	uint64_t inode;
	struct dh_maybe size;	    /* bytes */
	char *exporter;		    /* NULL: unknown */
	char *name;		    /* NULL: it has none */
	struct dh_maybe references; /* to its file: descriptors, mappings, the kernel's own */
	struct dh_maybe attachments;
	char *devices;	     /* attached, each once, joined by ','; NULL: unknown */
	unsigned int listed; /* how often the kernel's list was read and had it */
	uint64_t n_holders;  /* processes, after dh_holders_group() */
	size_t last;	     /* newest of its holdings, plus 1 */
};

enum dh_process_state {
	DH_PROCESS_READ,     /* or known to hold nothing */
	DH_PROCESS_BARE,     /* kernel threads, zombies: no memory, and no descriptors seen */
	DH_PROCESS_REFUSED,  /* descriptors or mappings may not be read, at least in part */
	DH_PROCESS_VANISHED, /* ended meanwhile */
};

struct dh_process {
	pid_t pid;
	char *name; /* NULL: unknown, or it holds nothing */
	enum dh_process_state state;
};

/* That a process holds a buffer, by at least one descriptor or mapping. */
struct dh_holding {
	size_t buffer;
	size_t process;
	uint64_t fds;
	uint64_t mappings;
	uint64_t mapped;     /* bytes of address space */
	struct dh_maybe pss; /* of the buffer's size, after dh_holders_group() */
};

struct dh_holders {
	struct dh_held_buffer *buffers; /* in the order of inodes after dh_holders_group() */
	size_t n_buffers;
	struct dh_process *processes; /* all that were looked at, in the order of their pids */
	size_t n_processes;
	struct dh_holding *holdings; /* in the order of buffers, then processes */
	size_t n_holdings;
	size_t *slots; /* hash of inodes to indices plus 1; gone after dh_holders_group() */
	size_t n_slots;
	bool listed;	       /* the kernel's list of buffers was read, so `listed` counts */
	int list_error;	       /* -errno of debugfs' list, which alone has devices; or 0 */
	bool hidden;	       /* /proc leaves processes out (hidepid) */
	uint64_t unidentified; /* descriptors of dma-bufs whose inode is not told */
};

void dh_holders_clear(struct dh_holders *holders);

static inline void dh_auto_holders(struct dh_holders *holders)
{
	dh_holders_clear(holders);
}

/* The buffer's record, made where there is none; NULL without memory. Adding moves the array. */
struct dh_held_buffer *dh_holders_add_buffer(struct dh_holders *holders, uint64_t inode);

/* The record where there is one, or NULL. Before and after dh_holders_group(). */
struct dh_held_buffer *dh_holders_find(const struct dh_holders *holders, uint64_t inode);

/* Adds a process and makes it the one of index n_processes - 1. NULL without memory. */
struct dh_process *dh_holders_add_process(struct dh_holders *holders, pid_t pid);

/*
 * The record of that pair, made where there is none. For each buffer, processes have to
 * come in the order in which they were added. NULL without memory.
 */
struct dh_holding *dh_holders_add_holding(struct dh_holders *holders, struct dh_held_buffer *buffer,
					  size_t process);

/*
 * Once everything was read: sorts, counts holders, and shares sizes among them, so that
 * the shares of a buffer add up to its size to the byte. 0 or -ENOMEM.
 */
int dh_holders_group(struct dh_holders *holders);

/* Which buffers; zeroed: all. Only the first that is set counts. */
struct dh_holders_filter {
	const char *const *exporters; /* those of one of these names */
	size_t n_exporters;
	bool by_exporter;
	bool by_inode;
	uint64_t inode;
	bool by_pid; /* the holdings of that process alone */
	pid_t pid;
};

/*
 * By buffer: what one process holds of one buffer, or a buffer that no process seems to
 * hold (`process` NULL). By process: all that one process holds (`buffer` NULL).
 */
struct dh_holder_row {
	const struct dh_held_buffer *buffer;
	const struct dh_process *process;
	struct dh_maybe holders; /* processes that hold the buffer; by process: unknown */
	uint64_t buffers;
	struct dh_maybe fds, mappings, mapped;
	struct dh_maybe rss; /* bytes: the whole of each buffer */
	struct dh_maybe pss; /* bytes: each buffer divided by its holders */
};

/* Totals of the rows; a buffer counts once, however many hold it. */
struct dh_holders_summary {
	uint64_t buffers;
	struct dh_maybe bytes;	     /* unknown where the size of one of them is */
	uint64_t processes;	     /* that hold any of them */
	uint64_t fds, mappings;	     /* of these processes */
	struct dh_maybe kernel_only; /* buffers that no process holds; unknown without the list */
	struct dh_maybe kernel_only_bytes;
	struct dh_maybe unreadable; /* processes; of the whole system, whatever the filter */
};

/*
 * Rows of buffers by inode and pid, or rows of processes by PSS, largest first, then pid.
 * Buffers of unknown exporter pass no filter of exporters. 0 and an array that the caller
 * frees, which borrows from `holders`; -ENOMEM.
 */
int dh_holders_rows(const struct dh_holders *holders, const struct dh_holders_filter *filter,
		    bool by_process, struct dh_holder_row **rows, size_t *n,
		    struct dh_holders_summary *summary);

/* May there be holders that were not seen? */
bool dh_holders_incomplete(const struct dh_holders *holders);

#endif
