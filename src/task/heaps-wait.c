// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/heaps-wait.h"

#include <errno.h>

#include "base/auto.h"
#include "base/stream.h"
#include "base/units.h"
#include "discover/udev.h"
#include "model/selection.h"
#include "task/heaps.h"

/*
 * Intervals between two checks, in nanoseconds. If udevd runs, a uevent usually triggers the next
 * check.
 */
#define INTERVAL_WITH_UDEVD    UINT64_C(1000000000)
#define INTERVAL_WITHOUT_UDEVD UINT64_C(100000000)

struct waiting {
	struct dh_env env;
	const struct dh_heaps_wait *request;
};

static bool is_usable(const struct dh_inventory *inventory, const char *selector)
{
	bool found = false;

	for (size_t i = 0; i < inventory->n_heaps; i++) {
		if (!dh_heap_matches(inventory, inventory->heaps[i].name, selector))
			continue;
		if (inventory->heaps[i].access != DH_ACCESS_OPEN)
			return false;
		found = true;
	}
	return found;
}

/* Ignores nodes without a registered heap: outside devtmpfs, a node can outlive its heap. */
static bool is_removed(const struct dh_inventory *inventory, const char *selector)
{
	for (size_t i = 0; i < inventory->n_heaps; i++)
		if (inventory->heaps[i].seen & DH_SEEN_SYSFS &&
		    dh_heap_matches(inventory, inventory->heaps[i].name, selector))
			return false;
	return true;
}

static enum dh_status check_sysfs(const struct dh_inventory *inventory)
{
	int error = inventory->sysfs_error ? inventory->sysfs_error : inventory->class_error;

	/*
	 * If /sys/class is missing, heaps may still be registered. If only /sys/class/dma_heap is
	 * missing, no heap is registered.
	 */
	if (!error || (error == -ENOENT && !inventory->sysfs_error))
		return DH_EXIT_DONE;
	return dh_fail(error == -EACCES || error == -EPERM ? DH_EXIT_PERMISSION : DH_EXIT_ERROR,
		       error, "registered heaps unknown: reading /sys/class/dma_heap: %s",
		       dh_error_text(-error));
}

static enum dh_status check_heaps(void *data, bool *met)
{
	const struct waiting *waiting = data;
	const struct dh_heaps_wait *request = waiting->request;
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	enum dh_status status = dh_heaps_read(&waiting->env, false, request->open, &inventory);

	if (!status && request->gone)
		status = check_sysfs(&inventory);
	*met = true;
	for (size_t i = 0; i < request->heaps->n && *met; i++)
		*met = request->gone ? is_removed(&inventory, request->heaps->each[i])
				     : is_usable(&inventory, request->heaps->each[i]);
	return status;
}

static int name_heaps(const struct dh_words *heaps, struct dh_stream *names)
{
	if (dh_stream_open(names))
		return -ENOMEM;
	fputs(heaps->n > 1 ? "heaps" : "heap", names->file);
	for (size_t i = 0; i < heaps->n; i++)
		fprintf(names->file, "%s'%s'", i ? ", " : " ", heaps->each[i]);
	return dh_stream_close(names);
}

enum dh_status dh_heaps_wait(const struct dh_env *env, const struct dh_heaps_wait *request)
{
	dh_auto(stream) struct dh_stream names = { 0 };
	dh_auto(fd) int events = dh_udev_monitor_open();
	struct waiting waiting = { *env, request };
	int ret = name_heaps(request->heaps, &names);

	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "waiting for heaps: %m");
	dh_note(&env->log, "libudev, monitor: %s; checking every %s",
		events < 0 ? dh_errno_name(-events) : "open", events < 0 ? "100ms" : "1s");
	/* Do not log the sources at each check. */
	waiting.env.root.log = NULL;
	return dh_wait_for(
		env, request->wait,
		&(struct dh_condition){
			.subject = names.text,
			.stage = request->gone ? "waiting for removal" : "waiting until usable",
			.events = events < 0 ? -1 : events,
			.interval = events < 0 ? INTERVAL_WITHOUT_UDEVD : INTERVAL_WITH_UDEVD,
			.check = check_heaps,
			.data = &waiting,
		});
}
