// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/importers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "action/mapping.h"
#include "base/auto.h"
#include "base/interrupt.h"
#include "base/kmod.h"
#include "base/progress.h"
#include "base/units.h"
#include "model/picture.h"
#include "model/selection.h"
#include "task/holders.h"

static bool loadable(const struct dh_env *env, const char *module)
{
	struct dh_kmod found;

	return !dh_kmod_find(module, &env->log, &found) && found.state == DH_MODULE_LOADABLE;
}

/*
 * Prints that there is no DRM device. Suggests a V4L2 device, if any: without a selector, only DRM
 * devices are selected.
 */
static enum dh_status fail_no_drm(const struct dh_env *env, const struct dh_inventory *inventory)
{
	const bool vgem = loadable(env, "vgem");
	const char *node = NULL;

	for (size_t i = 0; i < inventory->n_devices && !node; i++)
		if (dh_role_is_v4l2(inventory->devices[i].role))
			node = inventory->devices[i].node;
	return dh_fail(DH_EXIT_NOT_FOUND, 0, "no DRM device%s%s%s%s",
		       node ? "; select a V4L2 device such as " : "", node ? node : "",
		       !vgem  ? ""
		       : node ? ", or "
			      : "; ",
		       vgem ? "run 'modprobe vgem' for a device without hardware" : "");
}

/*
 * Prints an error for a selector that matches no device; NULL selects all DRM devices. Returns the
 * status for that error.
 */
static enum dh_status fail_no_device(const struct dh_env *env, const struct dh_inventory *inventory,
				     const char *selector)
{
	static const char prefix[] = "driver:";
	int error = inventory->devices_error;
	const char *driver;

	if (error && error != -ENOENT)
		return dh_fail(error == -EACCES ? DH_EXIT_PERMISSION : DH_EXIT_ERROR, error,
			       "devices unknown: reading %s: %s",
			       error == -DH_NOT_MOUNTED ? "/sys"
							: "/sys/class/{drm,accel,video4linux}",
			       dh_error_text(-error));
	if (!selector)
		return fail_no_drm(env, inventory);
	if (strncmp(selector, prefix, strlen(prefix)) != 0)
		return dh_fail(DH_EXIT_NOT_FOUND, 0, "device '%s': no such DRM or V4L2 device",
			       selector);
	driver = selector + strlen(prefix);
	if (loadable(env, driver))
		return dh_fail(
			DH_EXIT_NOT_FOUND, 0,
			"device '%s': no DRM or V4L2 device has this driver; run 'modprobe %s'",
			selector, driver);
	return dh_fail(DH_EXIT_NOT_FOUND, 0, "device '%s': no DRM or V4L2 device has this driver",
		       selector);
}

static enum dh_status fail_no_libdrm(void)
{
	return dh_fail(DH_EXIT_UNSUPPORTED, 0,
		       "importing into DRM devices: not supported (built without libdrm)");
}

/*
 * Adds the device unless the importers already contain it. Adds the device of a V4L2 queue only if
 * the node has this queue. If the queues of a node are unknown, adds only the first device of the
 * node, so that the import reports the error. Sets `*found` to true unless the node lacks the
 * queue.
 */
static void add(const struct dh_env *env, const struct dh_device *device,
		struct dh_importers *importers, bool *found)
{
	int queues = dh_role_is_v4l2(device->role) ? dh_v4l2_queues(&env->root, device)
						   : 1 << device->role;

	if (queues >= 0 && !(queues & 1 << device->role))
		return;
	*found = true;
	for (size_t i = 0; i < importers->n; i++) {
		const struct dh_device *other = importers->each[i].device;

		if (other == device || (queues < 0 && !strcmp(other->node, device->node)))
			return;
	}
	importers->each[importers->n++] = (struct dh_importer){
		.device = device,
		.queue_known = queues >= 0,
		.drm = DH_DRM_IMPORT_NONE,
		.v4l2 = DH_V4L2_IMPORT_NONE,
	};
}

static enum dh_status find(const struct dh_env *env, const char *selector,
			   struct dh_importers *importers)
{
	dh_auto(free) const struct dh_device **devices = NULL;
	bool found = false;
	size_t n;
	int ret;

	if (!selector && !dh_drm_available())
		return fail_no_libdrm();
	ret = dh_select_devices(&importers->inventory, selector, &devices, &n);
	if (ret == -EINVAL)
		return dh_fail(DH_EXIT_USAGE, 0,
			       "invalid device '%s': expected a device node, an ID, driver:NAME, "
			       "render, primary, accel, capture or output",
			       selector);
	if (ret == -ENOENT)
		return fail_no_device(env, &importers->inventory, selector);
	if (ret < 0)
		return dh_fail(DH_EXIT_ERROR, ret, "selecting devices: %m");

	for (size_t i = 0; i < n; i++) {
		if (!dh_role_is_v4l2(devices[i]->role) && !dh_drm_available())
			return fail_no_libdrm();
		add(env, devices[i], importers, &found);
	}
	if (!found)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "device '%s': no matching V4L2 queue (capture or output)", selector);
	return DH_EXIT_DONE;
}

enum dh_status dh_importers_find(const struct dh_env *env, const struct dh_import_request *request,
				 struct dh_importers *importers)
{
	enum dh_status status = dh_holders_read_devices(env, &importers->inventory);

	if (status)
		return status;
	importers->each = calloc(importers->inventory.n_devices + 1, sizeof(*importers->each));
	importers->rows = calloc(importers->inventory.n_devices + 1,
				 DH_DRM_STAGES * sizeof(*importers->rows));
	if (!importers->each || !importers->rows)
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "reading DRM and V4L2 devices: %m");

	if (!request->n_devices)
		return find(env, NULL, importers);
	for (size_t i = 0; i < request->n_devices && !status; i++)
		status = find(env, request->devices[i], importers);
	return status;
}

/* Imports the buffer into the device, and fills `rows`. Returns the number of rows. */
static size_t import(const struct dh_env *env, const struct dh_import_request *request,
		     const struct dh_buffer_facts *facts, struct dh_importer *importer,
		     struct dh_import_row *rows)
{
	const struct dh_drm_request drm_request = {
		.buffer = facts->fd,
		.buffer_size = facts->size,
		.fb = request->fb,
		.show = request->show,
	};
	struct dh_maybe needed = { 0 };
	size_t n = DH_DRM_STAGES;

	if (dh_role_is_v4l2(importer->device->role)) {
		n = DH_V4L2_STAGES;
		dh_v4l2_import(&env->root, importer->device, facts->fd, facts->size,
			       &importer->v4l2, rows);
		needed = importer->v4l2.needed;
	} else {
		if (request->fb)
			needed = dh_known(request->fb->size);
		dh_drm_import(&env->root, importer->device, &drm_request, &importer->drm, rows);
		if (request->show && rows[DH_STAGE_FRAMEBUFFER].verdict == DH_OK)
			dh_display_show(&importer->drm, request->fb, request->connector,
					&importer->display, &rows[DH_STAGE_SHOW]);
	}
	for (size_t i = 0; i < n; i++) {
		rows[i].inode = facts->inode;
		rows[i].heap = facts->heap;
		rows[i].needed = needed;
		if (!importer->queue_known)
			rows[i].id = rows[i].role = NULL;
	}
	return n;
}

enum dh_status dh_importers_import(const struct dh_env *env,
				   const struct dh_import_request *request,
				   const struct dh_buffer_facts *facts,
				   struct dh_importers *importers)
{
	enum dh_status status = dh_importers_drop(importers);

	if (status)
		return status;

	for (; importers->n_imported < importers->n && !dh_interrupted(); importers->n_imported++) {
		importers->n_rows +=
			import(env, request, facts, &importers->each[importers->n_imported],
			       &importers->rows[importers->n_rows]);
		dh_progress_add(1, 0);
	}
	if (importers->n_imported == importers->n)
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_INTERRUPTED, 0, "importing: interrupted after %zu of %zu devices",
		       importers->n_imported, importers->n);
}

enum dh_status dh_importers_report(const struct dh_env *env, const struct dh_importers *importers,
				   struct dh_import_row **rows, size_t *n)
{
	struct dh_import_row *more = reallocarray(*rows, *n + importers->n_rows + 1, sizeof(*more));

	if (!more)
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "exporting: %m");
	*rows = more;
	more += *n;
	if (env->verbose || env->style.format == DH_FORMAT_JSON) {
		memcpy(more, importers->rows, importers->n_rows * sizeof(*more));
		*n += importers->n_rows;
	} else {
		*n += dh_import_condense(importers->rows, importers->n_rows, more);
	}
	return DH_EXIT_DONE;
}

static void print_failure(const struct dh_importer *importer, const struct dh_import_row *row,
			  const char *subject)
{
	const bool queue = dh_role_is_v4l2(importer->device->role) && row->role;
	const char *blank = queue ? " " : "", *role = queue ? row->role : "";
	const char *driver = row->driver ? row->driver : "unknown driver";
	const char *stage = dh_stage_name(row->stage), *colon = row->reason ? ": " : "";
	const char *reason = row->reason ? row->reason : "";
	char size[64] = "";

	if (row->stage == DH_STAGE_SIZE && row->needed.known)
		snprintf(size, sizeof(size), " (needed: %" PRIu64 " bytes)", row->needed.value);
	if (row->error)
		dh_fail(DH_EXIT_ERROR, row->error,
			"%s: %s (%s%s%s): failed at stage %s: %m (%s)%s%s", subject, row->node,
			driver, blank, role, stage, dh_errno_name(row->error), colon, reason);
	else
		dh_fail(DH_EXIT_ERROR, 0, "%s: %s (%s%s%s): failed at stage %s%s%s%s", subject,
			row->node, driver, blank, role, stage, colon, reason, size);
}

static bool any_passed(const struct dh_importers *importers, enum dh_import_stage stage)
{
	for (size_t i = 0; i < importers->n_rows; i++)
		if (importers->rows[i].stage == stage && importers->rows[i].verdict == DH_OK)
			return true;
	return false;
}

enum dh_status dh_importers_verdict(const struct dh_import_request *request,
				    const struct dh_importers *importers, const char *subject)
{
	enum dh_status status = DH_EXIT_DONE;

	for (size_t i = 0, at = 0, n; i < importers->n_imported; i++, at += n) {
		const struct dh_import_row *row;
		enum dh_status failure = DH_EXIT_ERROR;

		n = dh_import_group(&importers->rows[at], importers->n_rows - at);
		row = dh_import_refusal(&importers->rows[at], n);
		if (!row)
			continue;
		print_failure(&importers->each[i], row, subject);
		/* If the node could not be opened, derive the status from the errno. */
		if (row->stage == DH_STAGE_OPEN && row->error)
			failure = dh_status_of(-row->error);
		status = !status || status == failure ? failure : DH_EXIT_ERROR;
	}
	/* After an interrupt, a device that was not tried could pass: skip the checks below. */
	if (status || importers->n_imported < importers->n)
		return status;

	if (request->fb && !any_passed(importers, DH_STAGE_FRAMEBUFFER))
		return dh_fail(
			DH_EXIT_ERROR, 0,
			"%s: creating a framebuffer: no selected node is the primary node of "
			"a device with mode setting",
			subject);
	if (request->show && !any_passed(importers, DH_STAGE_SHOW))
		return dh_fail(DH_EXIT_ERROR, 0, "%s: not shown on any display", subject);
	return DH_EXIT_DONE;
}

enum dh_status dh_importers_drop(struct dh_importers *importers)
{
	enum dh_status status = DH_EXIT_DONE;

	for (size_t i = 0; i < importers->n; i++) {
		struct dh_importer *importer = &importers->each[i];
		int ret = dh_display_restore(&importer->display);

		if (ret)
			status = dh_fail(DH_EXIT_ERROR, ret,
					 "%s: %s: restoring the previous mode: %m",
					 importer->device->node, importer->display.connector);
		dh_drm_import_release(&importer->drm);
		dh_v4l2_import_release(&importer->v4l2);
	}
	importers->n_rows = importers->n_imported = 0;
	return status;
}

void dh_auto_importers(struct dh_importers *importers)
{
	dh_importers_drop(importers);
	free(importers->each);
	free(importers->rows);
	dh_inventory_clear(&importers->inventory);
}

/*
 * Draws the test picture into a memfd for dh_mapping_load(). Returns a descriptor that the caller
 * owns, or -errno.
 */
static int picture_file(const struct dh_framebuffer *fb)
{
	dh_auto(fd) int file = memfd_create("picture", MFD_CLOEXEC);
	unsigned char *memory;

	if (file < 0)
		return -errno;
	if (ftruncate(file, (off_t)fb->size) < 0)
		return -errno;
	memory = mmap(NULL, (size_t)fb->size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		return -errno;
	for (size_t plane = 0; plane < fb->format->n_planes; plane++) {
		unsigned char *at = memory + fb->offsets[plane];

		for (uint32_t row = 0; row < dh_framebuffer_rows(fb, plane); row++)
			dh_picture_row(fb, plane, row, at + (size_t)row * fb->pitches[plane]);
	}
	munmap(memory, (size_t)fb->size);
	return dh_steal_fd(&file);
}

int dh_importers_draw(const struct dh_framebuffer *fb, const struct dh_buffer_facts *facts)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int file = -1;
	uint64_t loaded;
	int ret;

	/* The picture then also fits into the address space, which dh_mapping_open() checks. */
	if (fb->size > facts->size)
		return -EFBIG;
	ret = dh_mapping_open(facts->fd, 0, &mapping);
	if (ret < 0)
		return ret;
	file = picture_file(fb);
	if (file < 0)
		return file;
	return dh_mapping_load(&mapping, file, &loaded);
}
