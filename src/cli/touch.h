/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping a buffer and touching it, with a sentence on stderr for what goes wrong.
 */
#ifndef DH_CLI_TOUCH_H
#define DH_CLI_TOUCH_H

#include "action/mapping.h"
#include "cli/command.h"
#include "cli/options.h"
#include "model/buffer.h"
#include "model/mapping.h"

/*
 * Maps the buffer of facts->fd, looks whether it is zeroed, fills it, verifies it, as
 * far as `fill` asks, and unmaps it. With `passes` 0 nothing is done beyond that; with
 * 1 or more, filling, verifying and a plain read are done so many times, the rates are
 * measured and the CRC-32 is taken.
 *
 * `subject` begins each sentence and is printable: "heap 'system'", "descriptor 5".
 * `report` is filled in as far as things went, on failure too, and borrows
 * facts->heap. Returns 0 or an exit status, having said why.
 */
int dh_touch(const struct dh_context *context, const char *subject,
	     const struct dh_buffer_facts *facts, const struct dh_fill_options *fill,
	     uint64_t passes, struct dh_mapping_report *report);

/*
 * The same in steps, for a command that does more with the mapping. First: map, which
 * may be refused: -errno, report->map_error, and nothing said.
 */
int dh_touch_map(const struct dh_buffer_facts *facts, bool no_sync, struct dh_mapping *mapping,
		 struct dh_mapping_report *report);

/* Does the error of dh_touch_map() mean that the CPU has no access to this buffer? */
bool dh_touch_denied(const struct dh_buffer_facts *facts, int error);

/* Says why dh_touch_map() failed. Returns the exit status. */
int dh_touch_explain(const char *subject, const struct dh_buffer_facts *facts, int error);

/* Was it zeroed? To be asked before anything is written. */
int dh_touch_look(const struct dh_context *context, const char *subject, struct dh_mapping *mapping,
		  struct dh_mapping_report *report);

/*
 * Fill, read, verify, CRC. A mismatch is a failure, and said, but no reason to stop:
 * report->mismatch is known then.
 */
int dh_touch_work(const char *subject, struct dh_mapping *mapping,
		  const struct dh_fill_options *fill, uint64_t passes,
		  struct dh_mapping_report *report);

/*
 * Says what an access to a mapping came to, `doing` ("filling it") and `error` (-errno)
 * given. Returns DH_EXIT_REFUSED.
 */
int dh_touch_refused(const char *subject, const char *doing, int error);

#endif
