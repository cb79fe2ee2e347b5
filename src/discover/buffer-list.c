// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/buffer-list.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/bpf.h"
#include "discover/bufinfo.h"
#include "discover/device.h"
#include "discover/pinned.h"
#include "discover/proc-task.h"
#include "discover/records.h"
#include "model/buffer.h"

_Static_assert(sizeof(((struct dh_buffer_record *)0)->name) == DH_BUFFER_NAME_MAX &&
		       sizeof(((struct dh_buffer_record *)0)->exporter) == DH_EXPORTER_MAX,
	       "name and exporter of a BPF record must have the sizes in model/buffer.h");

/*
 * Increments `listed` of the buffer. The first read also adds the buffer to list->holders. The
 * second read ignores a buffer that list->holders does not contain. Returns 0 or -ENOMEM.
 */
static int visit_buffer(void *data, const struct dh_listed_buffer *entry)
{
	struct dh_buffer_list *list = data;
	const bool again = list->holders->listed;
	struct dh_held_buffer *buffer;

	if (!entry->inode.known) {
		list->unnumbered = dh_known(list->unnumbered.value + 1);
		list->unnumbered_bytes = dh_known(list->unnumbered_bytes.value + entry->size);
		return 0;
	}
	list->n++;
	buffer = again ? dh_holders_find(list->holders, entry->inode.value)
		       : dh_holders_add_buffer(list->holders, entry->inode.value);
	if (!buffer)
		return again ? 0 : -ENOMEM;
	buffer->listed++;
	if (again)
		return 0;
	buffer->size = dh_known(entry->size);
	buffer->references = entry->references;
	buffer->attachments = entry->attachments;
	if (entry->attachments.known && !buffer->devices &&
	    dh_text_copy(&buffer->devices, entry->devices))
		return -ENOMEM;
	if (dh_text_set_once(&buffer->exporter, entry->exporter) ||
	    dh_text_set_once(&buffer->name, entry->name))
		return -ENOMEM;
	return 0;
}

/* --- Sources ------------------------------------------------------------------------- */

static int read_bufinfo(struct dh_buffer_list *list)
{
	int ret;

	list->unnumbered = list->unnumbered_bytes = (struct dh_maybe){ 0 };
	ret = dh_bufinfo_read(list->root, visit_buffer, list);
	if (!ret)
		return list->unnumbered.known ? -EOPNOTSUPP : 0;
	list->unnumbered.known = list->unnumbered_bytes.known = false;
	return ret;
}

static int read_pinned(struct dh_buffer_list *list)
{
	return dh_pinned_read(list->root, visit_buffer, list);
}

static int visit_record(void *data, const void *record)
{
	struct dh_listed_buffer entry = { 0 };
	struct dh_buffer_record buffer;

	memcpy(&buffer, record, sizeof(buffer));
	entry.inode = dh_known(buffer.inode);
	entry.size = buffer.size;
	if (buffer.references >= 0)
		entry.references = dh_known((uint64_t)buffer.references);
	/* Do not rely on the program to end each string with a NUL. */
	memcpy(entry.exporter, buffer.exporter, sizeof(entry.exporter) - 1);
	memcpy(entry.name, buffer.name, sizeof(entry.name) - 1);
	return visit_buffer(data, &entry);
}

static int read_iterator(struct dh_buffer_list *list)
{
	/* The second read uses the program that the first read loaded. */
	if (list->link < 0) {
		int ret = dh_bpf_check();

		if (!ret)
			ret = dh_bpf_load_buffers(&list->link);
		if (ret)
			return ret;
	}
	return dh_bpf_read(list->link, sizeof(struct dh_buffer_record), visit_record, list);
}

static const struct {
	const char *name;
	int (*read)(struct dh_buffer_list *list);
} sources[] = {
	{ "sys/kernel/debug/dma_buf/bufinfo", read_bufinfo },
	{ "sys/" DH_PINNED_PATH, read_pinned },
	/* Must be last: dh_buffer_list_read() skips the last source for a recorded tree. */
	{ "BPF iterator dmabuf", read_iterator },
};

static int read_source(struct dh_buffer_list *list)
{
	const struct dh_log *log = list->root->log;
	const char *name = sources[list->source].name;
	int ret;

	list->n = 0;
	ret = sources[list->source].read(list);
	if (ret)
		dh_note(log, "%s: %s", name, dh_errno_name(-ret));
	else
		dh_note(log, "%s: buffers: %zu", name, list->n);
	return ret;
}

/* --- IDs of the attached devices ------------------------------------------------------ */

struct known_device {
	char *name, *id; /* `id`: NULL if unknown */
};

struct known_devices {
	struct known_device *each;
	size_t n;
};

static void dh_auto_known(struct known_devices *known)
{
	for (size_t i = 0; i < known->n; i++) {
		free(known->each[i].name);
		free(known->each[i].id);
	}
	free(known->each);
}

/*
 * Sets `*id` to the ID of a device, or to "-" if the ID is unknown or contains ',', the separator
 * of the list. Searches sysfs only once for each device. Returns 0 or -ENOMEM.
 */
static int id_of(const struct dh_root *root, struct known_devices *known, const char *name,
		 const char **id)
{
	struct known_device *device = NULL;

	for (size_t i = 0; i < known->n && !device; i++)
		if (!strcmp(known->each[i].name, name))
			device = &known->each[i];
	if (!device) {
		device = dh_array_add(&known->each, &known->n);
		if (!device || dh_text_copy(&device->name, name) ||
		    dh_device_id_by_name(root, name, &device->id))
			return -ENOMEM;
	}
	*id = device->id && !strchr(device->id, ',') ? device->id : "-";
	return 0;
}

/* Sets device_ids of each buffer whose devices are known. Returns 0 or -ENOMEM. */
static int identify_devices(const struct dh_root *root, struct dh_holders *holders)
{
	dh_auto(known) struct known_devices known = { 0 };

	for (size_t i = 0; i < holders->n_buffers; i++) {
		struct dh_held_buffer *buffer = &holders->buffers[i];
		dh_auto(free) char *names = buffer->devices ? strdup(buffer->devices) : NULL;
		dh_auto(stream) struct dh_stream ids = { 0 };
		char *rest = names, *name;
		const char *id;

		if (!buffer->devices)
			continue;
		if (!names || dh_stream_open(&ids))
			return -ENOMEM;
		while (*buffer->devices && (name = strsep(&rest, ",")) != NULL) {
			if (id_of(root, &known, name, &id))
				return -ENOMEM;
			fprintf(ids.file, "%s%s", name == names ? "" : ",", id);
		}
		if (dh_stream_close(&ids))
			return -ENOMEM;
		buffer->device_ids = dh_steal_ptr(ids.text);
	}
	return 0;
}

/* --- Reading -------------------------------------------------------------------------- */

int dh_buffer_list_read(struct dh_buffer_list *list, const struct dh_root *root,
			struct dh_holders *holders)
{
	const int n = root->live ? ARRAY_SIZE(sources) : ARRAY_SIZE(sources) - 1;
	int ret = 0, first = 0;

	*list = (struct dh_buffer_list){ .root = root, .holders = holders, .link = -1 };
	for (list->source = 0; list->source < n; list->source++) {
		ret = read_source(list);
		if (list->source == 0)
			first = ret;
		if (!ret || ret == -ENOMEM)
			break;
		/* Discard the buffers of an incomplete list. */
		dh_holders_clear(holders);
	}
	holders->listed = !ret;
	holders->list_error = first;
	holders->unnumbered = list->unnumbered;
	holders->unnumbered_bytes = list->unnumbered_bytes;
	if (!ret)
		ret = identify_devices(root, holders);
	return ret == -ENOMEM ? ret : 0;
}

void dh_buffer_list_read_again(struct dh_buffer_list *list)
{
	int ret = read_source(list);

	list->holders->listed = !ret;
	/*
	 * Set list_error only if the source is debugfs: messages about list_error name debugfs.
	 */
	if (ret && !list->source)
		list->holders->list_error = ret;
}

void dh_buffer_list_close(struct dh_buffer_list *list)
{
	dh_auto_fd(&list->link);
}
