// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/importers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "action/mapping.h"
#include "base/auto.h"
#include "base/kmod.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/status.h"
#include "discover/discover.h"
#include "model/picture.h"
#include "model/selection.h"

static bool loadable(const struct dh_context *context, const char *module)
{
	struct dh_kmod found;

	return !dh_kmod_find(module, &context->log, &found) && found.state == DH_MODULE_LOADABLE;
}

/* Says why no device fits. Returns the exit status. */
static int explain_absence(const struct dh_context *context, const struct dh_inventory *inventory,
			   const char *selector)
{
	const char *prefix = "driver:";
	char safe[256];

	if (inventory->drm_error && inventory->drm_error != -ENOENT)
		return dh_fail(inventory->drm_error == -EACCES ? DH_EXIT_PERMISSION
							       : DH_EXIT_REFUSED,
			       "DRM devices unknown: reading %s: %s",
			       inventory->drm_error == -DH_NOT_MOUNTED ? "/sys" : "/sys/class/drm",
			       dh_error_text(-inventory->drm_error));
	if (!selector && loadable(context, "vgem"))
		return dh_fail(DH_EXIT_NOT_FOUND,
			       "no DRM device; 'modprobe vgem' makes one without hardware");
	if (!selector)
		return dh_fail(DH_EXIT_NOT_FOUND, "no DRM device");

	dh_text_escape_into(selector, safe, sizeof(safe));
	if (strncmp(selector, prefix, strlen(prefix)) != 0)
		return dh_fail(DH_EXIT_NOT_FOUND, "--device '%s': no such DRM device", safe);
	if (loadable(context, selector + strlen(prefix)))
		return dh_fail(
			DH_EXIT_NOT_FOUND,
			"--device '%s': no DRM device has that driver; it is not loaded, try "
			"'modprobe %s'",
			safe, safe + strlen(prefix));
	return dh_fail(DH_EXIT_NOT_FOUND, "--device '%s': no DRM device has that driver", safe);
}

/* Two selectors may mean the same node; it is tried once. */
static void add(struct dh_importers *importers, const struct dh_drm_node *node)
{
	for (size_t i = 0; i < importers->n; i++)
		if (importers->each[i].node == node)
			return;
	importers->each[importers->n++] = (struct dh_importer){
		.node = node,
		.import = DH_DRM_IMPORT_NONE,
	};
}

static int find(struct dh_context *context, const char *selector, struct dh_importers *importers)
{
	dh_auto(free) const struct dh_drm_node **nodes = NULL;
	char safe[256];
	size_t n;
	int r;

	r = dh_select_drm_nodes(&importers->inventory, selector, &nodes, &n);
	if (r == -EINVAL)
		return dh_fail(DH_EXIT_USAGE,
			       "--device '%s': wanted is a node's path, driver:NAME, render or "
			       "primary",
			       dh_text_escape_into(selector, safe, sizeof(safe)));
	if (r == -ENOENT)
		return explain_absence(context, &importers->inventory, selector);
	if (r < 0)
		return dh_fail(DH_EXIT_REFUSED, "selecting devices: %s", strerror(-r));

	for (size_t i = 0; i < n; i++)
		add(importers, nodes[i]);
	return 0;
}

int dh_importers_find(struct dh_context *context, const struct dh_import_wishes *wishes,
		      struct dh_importers *importers)
{
	int r;

	if (!dh_drm_available())
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "this dmaheapctl was built without libdrm and cannot export");

	r = dh_discover(&context->root, DH_WANT_DRM, &importers->inventory);
	if (r < 0)
		return dh_fail(DH_EXIT_REFUSED, "looking for DRM devices: %s", strerror(-r));
	importers->each = calloc(importers->inventory.n_drm_nodes + 1, sizeof(*importers->each));
	importers->rows =
		calloc(importers->inventory.n_drm_nodes + 1, DH_STAGES * sizeof(*importers->rows));
	if (!importers->each || !importers->rows)
		return dh_fail(DH_EXIT_REFUSED, "looking for DRM devices: %s", strerror(ENOMEM));

	if (!wishes->n_devices)
		return find(context, NULL, importers);
	for (size_t i = 0; i < wishes->n_devices; i++) {
		r = find(context, wishes->devices[i], importers);
		if (r)
			return r;
	}
	return 0;
}

int dh_importers_try(struct dh_context *context, const struct dh_import_wishes *wishes,
		     const struct dh_buffer_facts *facts, struct dh_importers *importers)
{
	struct dh_drm_request request = {
		.buffer = facts->fd,
		.buffer_size = facts->size,
		.fb = wishes->fb,
		.show = wishes->show,
	};
	int r;

	r = dh_importers_let_go(importers);
	if (r)
		return r;

	for (size_t i = 0; i < importers->n; i++) {
		struct dh_importer *one = &importers->each[i];
		struct dh_import_row *rows = &importers->rows[i * DH_STAGES];

		r = dh_drm_import(&context->root, one->node, &request, &one->import, rows);
		if (r == 0 && wishes->show && rows[DH_STAGE_FRAMEBUFFER].verdict == DH_OK)
			r = dh_display_begin(&one->import, wishes->fb, wishes->connector,
					     &one->display, &rows[DH_STAGE_SHOW]);
		if (r < 0)
			return dh_fail(DH_EXIT_REFUSED, "%s: %s", one->node->node, strerror(-r));
		for (size_t stage = 0; stage < DH_STAGES; stage++)
			rows[stage].inode = facts->inode;
	}
	importers->n_rows = importers->n * DH_STAGES;
	return 0;
}

static void say_refusal(const struct dh_import_row *row, const char *subject)
{
	char node[256], driver[128];

	dh_text_escape_into(row->node, node, sizeof(node));
	dh_text_escape_into(row->driver ? row->driver : "unknown driver", driver, sizeof(driver));
	dh_fail(DH_EXIT_REFUSED, "%s: %s (%s): refused at stage %s%s%s%s%s%s%s%s", subject, node,
		driver, dh_stage_name(row->stage), row->error ? ": " : "",
		row->error ? strerror(row->error) : "", row->error ? " (" : "",
		row->error ? dh_errno_name(row->error) : "", row->error ? ")" : "",
		row->reason ? ": " : "", row->reason ? row->reason : "");
}

/* Did any device get as far as this stage and pass? */
static bool anybody_passed(const struct dh_importers *importers, enum dh_import_stage stage)
{
	for (size_t i = 0; i < importers->n_rows; i++)
		if (importers->rows[i].stage == stage && importers->rows[i].verdict == DH_OK)
			return true;
	return false;
}

int dh_importers_verdict(const struct dh_import_wishes *wishes,
			 const struct dh_importers *importers, const char *subject)
{
	int status = 0;

	for (size_t i = 0; i + DH_STAGES <= importers->n_rows; i += DH_STAGES) {
		const struct dh_import_row *row = dh_import_refusal(&importers->rows[i], DH_STAGES);
		int one = DH_EXIT_REFUSED;

		if (!row)
			continue;
		say_refusal(row, subject);
		/* A node that does not open never saw the buffer. */
		if (row->stage == DH_STAGE_OPEN && row->error)
			one = (int)dh_status_of(-row->error);
		status = !status || status == one ? one : DH_EXIT_REFUSED;
	}
	if (status)
		return status;

	if (wishes->fb && !anybody_passed(importers, DH_STAGE_FRAMEBUFFER))
		return dh_fail(DH_EXIT_REFUSED,
			       "%s: no framebuffer: none of the devices sets modes", subject);
	if (wishes->show && !anybody_passed(importers, DH_STAGE_SHOW))
		return dh_fail(DH_EXIT_REFUSED, "%s: shown nowhere", subject);
	return 0;
}

int dh_importers_let_go(struct dh_importers *importers)
{
	int status = 0;

	for (size_t i = 0; i < importers->n; i++) {
		struct dh_importer *one = &importers->each[i];
		char name[64];
		int r;

		memcpy(name, one->display.connector, sizeof(one->display.connector));
		r = dh_display_end(&one->display);
		if (r < 0)
			status = dh_fail(DH_EXIT_REFUSED, "%s: %s: restoring the former mode: %s",
					 one->node->node, name, strerror(-r));
		dh_drm_import_release(&one->import);
	}
	importers->n_rows = 0;
	return status;
}

void dh_importers_release(struct dh_importers *importers)
{
	dh_importers_let_go(importers);
	free(importers->each);
	free(importers->rows);
	dh_inventory_clear(&importers->inventory);
	*importers = (struct dh_importers){ 0 };
}

/* The picture as a file, for the mapping room to load. -errno or a descriptor. */
static int picture_file(const struct dh_framebuffer *fb)
{
	dh_auto(fd) int file = memfd_create("picture", MFD_CLOEXEC);
	unsigned char *memory;

	if (file < 0)
		return -errno;
	if (fb->size > INT64_MAX || fb->size > SIZE_MAX)
		return -EFBIG;
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
	int r;

	if (fb->size > facts->size)
		return -EFBIG;
	r = dh_mapping_open(facts->fd, false, &mapping);
	if (r < 0)
		return r;
	file = picture_file(fb);
	if (file < 0)
		return file;
	return dh_mapping_load(&mapping, file, &loaded);
}
