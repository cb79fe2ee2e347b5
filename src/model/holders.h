/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holders of dma-bufs. discover/ fills the records, and the functions below group and sum them.
 *
 * The inode number identifies a dma-buf. The kernel reuses a number only after its counter wraps.
 * The counter in drivers/dma-buf/dma-buf.c has 64 bits, but older kernels truncate the inode number
 * to 32 bits on 32-bit machines. The oldest kernels use get_next_ino(), whose counter has 32 bits.
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
	char *exporter;		    /* NULL if unknown */
	char *name;		    /* NULL if it has no name */
	struct dh_maybe references; /* reference count of the dma-buf's file */
	struct dh_maybe attachments;
	char *devices; /* names of the attached devices, each once, joined by ','; NULL: unknown */
	/*
	 * IDs (DEVICE:DRIVER) of `devices`, in the same order and joined by ','. An unknown ID is
	 * "-". NULL: `devices` is unknown.
	 */
	char *device_ids;
	unsigned int listed; /* number of reads of the kernel's list that contained the buffer */
	uint64_t n_holders;  /* number of holders, set by dh_holders_group() */
	size_t last;	     /* 1 plus the index of the buffer's last holding, or 0 */
	size_t index;	     /* used by dh_holders_group() */
};

enum dh_process_state {
	DH_PROCESS_READ,     /* read, or known to hold no buffers */
	DH_PROCESS_BARE,     /* kernel threads and zombies, which have no descriptors to read */
	DH_PROCESS_REFUSED,  /* some descriptors or mappings are not readable */
	DH_PROCESS_VANISHED, /* exited during the scan */
};

struct dh_process {
	pid_t pid;
	char *name; /* NULL if unknown, or if the process holds no buffers */
	enum dh_process_state state;
};

/* One process that holds one buffer through at least one descriptor or mapping. */
struct dh_holding {
	size_t buffer;	     /* index in `buffers` */
	size_t process;	     /* index in `processes` */
	uint64_t fds;	     /* number of descriptors */
	uint64_t mappings;   /* number of mappings */
	uint64_t mapped;     /* total size of the mappings in bytes */
	struct dh_maybe pss; /* bytes: size / number of holders, set by dh_holders_group() */
	/*
	 * A descriptor in the table of the main thread, opened without O_PATH: pidfd_getfd(2) can
	 * duplicate it, and the duplicate is usable. Unknown if there is no such descriptor.
	 */
	struct dh_maybe descriptor;
};

struct dh_holders {
	struct dh_held_buffer *buffers; /* dh_holders_group() sorts them by inode */
	size_t n_buffers;
	struct dh_process *processes; /* all processes, sorted by pid */
	size_t n_processes;
	struct dh_holding *holdings; /* dh_holders_group() sorts them by buffer, then process */
	size_t n_holdings;
	size_t *slots; /* hash table of (index in `buffers`) + 1; dh_holders_group() frees it */
	size_t n_slots;
	bool listed;	/* the kernel's list was read, so `listed` of the buffers is valid */
	int list_error; /* 0, or -errno from reading debugfs, the only source of `devices` */
	/*
	 * Number and total size of the buffers if the list in debugfs contains no inodes, else
	 * unknown
	 */
	struct dh_maybe unnumbered, unnumbered_bytes;
	bool hidden;	       /* /proc omits processes (hidepid) */
	bool interrupted;      /* the scan ended early, so it did not read all processes */
	uint64_t unidentified; /* number of dma-buf descriptors with an unknown inode */
	uint64_t sync_files;   /* number of sync_file descriptors; see dh_holders_read_process() */
};

void dh_holders_clear(struct dh_holders *holders);

#define dh_auto_holders dh_holders_clear

/*
 * Returns the record of the buffer with this inode, and adds it if necessary. Returns NULL if out
 * of memory. Adding may move the array, which invalidates pointers to its records.
 */
struct dh_held_buffer *dh_holders_add_buffer(struct dh_holders *holders, uint64_t inode);

/*
 * Returns the record of the buffer with this inode, or NULL. The function works before and after
 * dh_holders_group().
 */
struct dh_held_buffer *dh_holders_find(const struct dh_holders *holders, uint64_t inode);

/*
 * Appends a process. Calls must be in ascending order of the PIDs. Returns the record of the
 * process, or NULL if out of memory.
 */
struct dh_process *dh_holders_add_process(struct dh_holders *holders, pid_t pid);

/*
 * Returns the holding of a buffer by a process, and adds it if necessary. Calls for the same buffer
 * must be in ascending order of the index `process`. Returns NULL if out of memory.
 */
struct dh_holding *dh_holders_add_holding(struct dh_holders *holders, struct dh_held_buffer *buffer,
					  size_t process);

/*
 * Sorts the buffers and holdings, counts the holders of each buffer, and divides its size among the
 * holders so that the parts add up to the size. Call this function after all sources have been
 * read. Returns 0 or -ENOMEM.
 */
int dh_holders_group(struct dh_holders *holders);

/*
 * Returns the holding of `buffer` by the process `pid`, or NULL. Call this function after
 * dh_holders_group().
 */
const struct dh_holding *dh_holders_find_holding(const struct dh_holders *holders,
						 const struct dh_held_buffer *buffer, pid_t pid);

/*
 * Selects buffers. A zeroed filter selects all buffers. Set at most one of `exporters`, `by_inode`,
 * `devices` and `pids`.
 */
struct dh_holders_filter {
	const char *const *exporters; /* names of the selected exporters; NULL: all */
	size_t n_exporters;
	bool by_inode;
	uint64_t inode;
	/* Names or IDs: select the buffers to which one of these devices is attached. */
	const char *const *devices;
	size_t n_devices;
	const pid_t *pids; /* select the buffers that all of these processes hold */
	size_t n_pids;
	bool own_rows; /* requires n_pids == 1: select only the rows of that process */
};

/* Returns true if the filter selects the buffers of this exporter (NULL: unknown). */
bool dh_holders_selects(const struct dh_holders_filter *filter, const char *exporter);

/*
 * A row by buffer describes a buffer and one of its holders, or a buffer without known holders
 * (`process` is NULL). A row by process sums up the selected buffers of a process (`buffer` is
 * NULL).
 */
struct dh_holder_row {
	const struct dh_held_buffer *buffer;
	const struct dh_process *process;
	struct dh_maybe
		holders; /* number of processes that hold the buffer; unknown in rows by process */
	uint64_t buffers;
	struct dh_maybe fds, mappings, mapped;
	struct dh_maybe rss; /* bytes: sum of the full sizes of the buffers */
	struct dh_maybe pss; /* bytes: sum of the sizes, each divided by the number of holders */
};

/* Totals of the rows. A buffer with several holders counts once. */
struct dh_holders_summary {
	/*
	 * Numbers that the scan found. If the scan may be incomplete, a number is unknown instead
	 * of 0.
	 */
	struct dh_maybe buffers;
	struct dh_maybe processes;     /* number of processes that hold the buffers */
	struct dh_maybe fds, mappings; /* descriptors and mappings of the buffers */
	struct dh_maybe sync_files; /* not set by dh_holders_rows(); the caller can set it */
	struct dh_maybe bytes;	    /* unknown if `buffers` or the size of any buffer is unknown */
	struct dh_maybe kernel_only; /* number of buffers without a holder; unknown if the kernel's
					list was not read or the scan may have missed holders */
	struct dh_maybe kernel_only_bytes;
	struct dh_maybe others; /* bytes in CMA regions, see model/others.h; set by the caller */
	/*
	 * Number of processes with the state DH_PROCESS_REFUSED, independent of the filter. Unknown
	 * if /proc omits processes, or if the scan ended early.
	 */
	struct dh_maybe unreadable;
};

/*
 * Creates rows by buffer, sorted by inode and pid, or rows by process, sorted by PSS (largest
 * first) and pid. A filter by exporter or device omits buffers whose exporter or devices are
 * unknown.
 *
 * Returns 0 or -ENOMEM. After success, `*rows` is an array of `*n` rows that the caller frees. The
 * rows point into `holders`.
 */
int dh_holders_rows(const struct dh_holders *holders, const struct dh_holders_filter *filter,
		    bool by_process, struct dh_holder_row **rows, size_t *n,
		    struct dh_holders_summary *summary);

/* Returns the number of buffers whose lists of attached devices were truncated with "...". */
size_t dh_holders_cut_lists(const struct dh_holders *holders);

/* Returns true if the scan may have missed holders. */
bool dh_holders_incomplete(const struct dh_holders *holders);

#endif
