/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Getting hold of buffers: resolve the heap, check what is left, allocate, name,
 * describe; or take over a descriptor that was inherited.
 */
#ifndef DH_CLI_OBTAIN_H
#define DH_CLI_OBTAIN_H

#include "cli/command.h"
#include "cli/options.h"
#include "model/buffer.h"
#include "model/inventory.h"
#include "model/tally.h"

struct dh_obtained {
	struct dh_inventory inventory;
	const struct dh_heap *heap;    /* in the inventory; NULL for an inherited descriptor */
	struct dh_buffer_facts *facts; /* tally.done of them; NULL where not described */
	int *fds;		       /* tally.done of them, owned unless inherited */
	bool inherited;
	struct dh_tally tally;
	uint32_t fd_flags; /* as asked for or found */
};

/*
 * Allocates `count` buffers as `options` says, all alive together. Says on stderr what
 * a class resolved to. With `describe` false no system call but the allocation is
 * made for each buffer. `descriptors` is how many are needed at the same time: `count`, and
 * again as many for a command that they are handed to. Returns 0 or an exit status, having
 * said why; where part was done it returns DH_EXIT_REFUSED and what was done is in `obtained`.
 */
int dh_obtain_new(struct dh_context *context, const struct dh_new_options *options, uint64_t count,
		  uint64_t descriptors, bool describe, struct dh_obtained *obtained);

/*
 * One buffer: a new one, or the inherited descriptor where `fd` names one. Exactly one
 * of the two must have been asked for; else a usage error.
 */
int dh_obtain_one(struct dh_context *context, const struct dh_new_options *options,
		  const struct dh_fd_options *fd, struct dh_obtained *obtained);

/*
 * The parts of the above, for who has another way to allocate.
 *
 * Fills the inventory and the heap of that name or class, NULL where there is none; says on
 * stderr what a class resolved to. Returns 0 or an exit status, having said why.
 */
int dh_obtain_heap(struct dh_context *context, const char *what, struct dh_obtained *obtained);

/* Says that there is no such heap, and which there are. Returns the exit status. */
int dh_obtain_absent(const struct dh_context *context, const struct dh_inventory *inventory,
		     const char *what);

/*
 * Does the heap seem to have that much? A system heap that has not does not refuse: the
 * OOM killer comes. Returns 0, also with --force, or an exit status, having said why.
 */
int dh_obtain_check(const struct dh_context *context, const struct dh_new_options *options,
		    uint64_t count, const struct dh_obtained *obtained);

/* Says what the heap refused, and why: tally.first_error. Returns the exit status. */
int dh_obtain_refused(const struct dh_context *context, const struct dh_new_options *options,
		      struct dh_obtained *obtained);

/* Closes what it owns. Harmless on zeroed memory. */
void dh_obtained_release(struct dh_obtained *obtained);

static inline void dh_auto_obtained(struct dh_obtained *obtained)
{
	dh_obtained_release(obtained);
}

/* "heap 'protected'" or "descriptor 5", escaped: how a sentence names the buffer's origin. */
const char *dh_obtained_subject(const struct dh_obtained *obtained, char out[160]);

#endif
