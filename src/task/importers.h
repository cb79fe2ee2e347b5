/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buffer tried on every device that was asked for: what `export` and
 * `alloc --export` share.
 */
#ifndef DH_TASK_IMPORTERS_H
#define DH_TASK_IMPORTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "action/display.h"
#include "action/drm.h"
#include "frame/message.h"
#include "model/buffer.h"
#include "model/framebuffer.h"
#include "model/import.h"
#include "model/inventory.h"

struct dh_import_request {
	const char *const *devices;	 /* selectors as dh_select_drm_nodes() takes them */
	size_t n_devices;		 /* 0: every device there is */
	const struct dh_framebuffer *fb; /* NULL: import only */
	bool show;			 /* wants `fb` */
	const char *connector;		 /* NULL: the first that fits */
};

struct dh_importer {
	const struct dh_drm_node *node; /* in the inventory */
	struct dh_drm_import import;
	struct dh_display display;
};

/* Zeroed memory is a valid one that has found nothing. */
struct dh_importers {
	struct dh_inventory inventory;
	struct dh_importer *each;
	size_t n;
	struct dh_import_row *rows; /* n * DH_STAGES, device by device */
	size_t n_rows;		    /* 0 until a buffer was tried */
};

/*
 * Finds the devices, each once, before there is a buffer. Returns 0 or an exit status,
 * having said why: DH_EXIT_NOT_FOUND, DH_EXIT_USAGE for a selector of no known form,
 * DH_EXIT_UNSUPPORTED in a build without libdrm.
 */
enum dh_status dh_importers_find(const struct dh_env *env, const struct dh_import_request *request,
				 struct dh_importers *importers);

/*
 * Tries `facts` on all of them and fills the rows. What devices took they keep, and
 * show, until the next call, dh_importers_let_go() or dh_importers_release(), so that
 * the caller can hold it. Returns 0 or an exit status where no row could be made,
 * having said why; refusals are dh_importers_verdict()'s to tell.
 */
enum dh_status dh_importers_try(const struct dh_env *env, const struct dh_import_request *request,
				const struct dh_buffer_facts *facts,
				struct dh_importers *importers);

/*
 * Says on stderr which device refused `subject` (see dh_buffers_subject()), at which
 * stage and why. Returns 0 where all of them took it, else an exit status.
 */
enum dh_status dh_importers_verdict(const struct dh_import_request *request,
				    const struct dh_importers *importers, const char *subject);

/* Restores displays and takes the buffer back. 0, or an exit status, having said why. */
enum dh_status dh_importers_let_go(struct dh_importers *importers);

void dh_importers_release(struct dh_importers *importers);

static inline void dh_auto_importers(struct dh_importers *importers)
{
	dh_importers_release(importers);
}

/* Draws the test picture into a buffer. 0; -EACCES, -EINVAL, ... where the CPU may not. */
int dh_importers_draw(const struct dh_framebuffer *fb, const struct dh_buffer_facts *facts);

#endif
