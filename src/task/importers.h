/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Imports a buffer into DRM and V4L2 devices, for `export` and `alloc --export`. Functions that
 * return a status print the error, if any.
 */
#ifndef DH_TASK_IMPORTERS_H
#define DH_TASK_IMPORTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "action/display.h"
#include "action/drm.h"
#include "action/v4l2.h"
#include "frame/message.h"
#include "model/buffer.h"
#include "model/framebuffer.h"
#include "model/import.h"
#include "model/inventory.h"

struct dh_import_request {
	const char *const *devices;	 /* selectors for dh_select_devices() */
	size_t n_devices;		 /* 0: all DRM devices */
	const struct dh_framebuffer *fb; /* NULL: import only */
	bool show;			 /* requires `fb` */
	const char *connector; /* name such as "HDMI-A-1"; NULL: first suitable connector */
};

struct dh_importer {
	const struct dh_device *device; /* element of the inventory */
	bool queue_known; /* false if the queues of the V4L2 node could not be queried */
	struct dh_drm_import drm;
	struct dh_v4l2_import v4l2;
	struct dh_display display;
};

/* Zeroed memory is valid: no devices. */
struct dh_importers {
	struct dh_inventory inventory;
	struct dh_importer *each;
	size_t n;
	struct dh_import_row *rows; /* grouped by device */
	size_t n_rows;		    /* 0 if there is no import */
	size_t n_imported;	    /* number of devices with rows */
};

/*
 * Selects the devices that request->devices matches, each once. Opens the selected V4L2 nodes to
 * query their queues. The status is DH_EXIT_NOT_FOUND if there is no device or a selector matches
 * none, DH_EXIT_USAGE for an invalid selector, and DH_EXIT_UNSUPPORTED for DRM devices in a build
 * without libdrm.
 */
enum dh_status dh_importers_find(const struct dh_env *env, const struct dh_import_request *request,
				 struct dh_importers *importers);

/*
 * Imports the buffer into all devices and fills the rows. The imports, and the pictures on
 * displays, remain until the next call to this function, to dh_importers_drop(), or to
 * dh_auto_importers(). A failed stage is not an error of this function: see dh_importers_verdict().
 * Counts each device as one step of the progress. After DH_EXIT_INTERRUPTED, the rows are those of
 * the devices before the interrupt.
 */
enum dh_status dh_importers_import(const struct dh_env *env,
				   const struct dh_import_request *request,
				   const struct dh_buffer_facts *facts,
				   struct dh_importers *importers);

/*
 * Appends the rows of the report on the latest import to the array `*rows`, which the caller frees:
 * all rows with -v and in JSON, otherwise one for each device. Returns a status; prints the error,
 * if any.
 */
enum dh_status dh_importers_report(const struct dh_env *env, const struct dh_importers *importers,
				   struct dh_import_row **rows, size_t *n);

/*
 * Prints the failed stage and its cause for each device with a failed stage. If no stage failed,
 * checks that a device created the requested framebuffer and that a display shows the requested
 * picture; if not, prints an error. After an interrupt, omits these checks. `subject` is the
 * subject of the messages, as in struct dh_buffers. Returns DH_EXIT_DONE if it printed no error,
 * the common status if all errors have the same one, otherwise DH_EXIT_ERROR.
 */
enum dh_status dh_importers_verdict(const struct dh_import_request *request,
				    const struct dh_importers *importers, const char *subject);

/* Restores the displays and closes the imports. */
enum dh_status dh_importers_drop(struct dh_importers *importers);

void dh_auto_importers(struct dh_importers *importers);

/*
 * Draws the test picture into the buffer. Returns 0 or -errno: -EFBIG if the picture does not fit,
 * -EACCES if the descriptor is read-only or write-only, -EINVAL or -EFAULT if the exporter denies
 * CPU access.
 */
int dh_importers_draw(const struct dh_framebuffer *fb, const struct dh_buffer_facts *facts);

#endif
