// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/buffer-list.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/bpf.h"
#include "discover/bufinfo.h"
#include "discover/pinned.h"
#include "discover/proc-task.h"
#include "discover/records.h"
#include "model/buffer.h"

_Static_assert(sizeof(((struct dh_buffer_record *)0)->name) == DH_BUFFER_NAME_MAX &&
		       sizeof(((struct dh_buffer_record *)0)->exporter) == DH_EXPORTER_MAX,
	       "the program must not cut a name that others have in full");

/* A buffer of the list, whichever source it is from. The texts are borrowed. */
struct entry {
	uint64_t inode, size;
	struct dh_maybe references;
	const char *exporter, *name; /* "": none */
	struct dh_maybe attachments;
	const char *devices; /* NULL: unknown */
};

static int add(struct dh_buffer_list *listing, const struct entry *entry)
{
	struct dh_held_buffer *buffer = dh_holders_add_buffer(listing->holders, entry->inode);

	if (!buffer)
		return -ENOMEM;
	buffer->listed++;
	buffer->size = dh_known(entry->size);
	buffer->references = entry->references;
	buffer->attachments = entry->attachments;
	/* Empty, not unknown, where nothing is attached. */
	if (entry->devices && !buffer->devices) {
		buffer->devices = strdup(entry->devices);
		if (!buffer->devices)
			return -ENOMEM;
	}
	if (dh_text_set_once(&buffer->exporter, entry->exporter) ||
	    dh_text_set_once(&buffer->name, entry->name))
		return -ENOMEM;
	return 0;
}

/* In the second reading, only buffers of the first count. */
static int visit(struct dh_buffer_list *listing, const struct entry *entry)
{
	struct dh_held_buffer *buffer;

	listing->n++;
	if (!listing->holders->listed)
		return add(listing, entry);
	buffer = dh_holders_find(listing->holders, entry->inode);
	if (buffer)
		buffer->listed++;
	return 0;
}

/* --- Sources ------------------------------------------------------------------------- */

static int visit_bufinfo(void *data, const struct dh_bufinfo_entry *entry)
{
	return visit(data, &(struct entry){
				   .inode = entry->inode,
				   .size = entry->size,
				   .references = dh_known(entry->count),
				   .exporter = entry->exporter,
				   .name = entry->name,
				   .attachments = entry->attachments,
				   .devices = entry->attachments.known ? entry->devices : NULL,
			   });
}

static int read_bufinfo(struct dh_buffer_list *listing)
{
	return dh_bufinfo_read(listing->root, visit_bufinfo, listing);
}

static int visit_pinned(void *data, const struct dh_pinned_entry *entry)
{
	return visit(data, &(struct entry){
				   .inode = entry->inode,
				   .size = entry->size,
				   .exporter = entry->exporter,
				   .name = entry->name,
			   });
}

static int read_pinned(struct dh_buffer_list *listing)
{
	return dh_pinned_read(listing->root, visit_pinned, listing);
}

static int visit_record(void *data, const void *record)
{
	struct dh_buffer_record buffer;
	struct entry entry;

	memcpy(&buffer, record, sizeof(buffer));
	entry = (struct entry){
		.inode = buffer.inode,
		.size = buffer.size,
		.exporter = buffer.exporter,
		.name = buffer.name,
	};
	if (buffer.references >= 0)
		entry.references = dh_known((uint64_t)buffer.references);
	/* The program ends its texts, except where the kernel could not read one. */
	buffer.exporter[sizeof(buffer.exporter) - 1] = '\0';
	buffer.name[sizeof(buffer.name) - 1] = '\0';
	return visit(data, &entry);
}

static int read_iterator(struct dh_buffer_list *listing)
{
	int ret = 0;

	/* Loaded for the first reading, it is there for the second. */
	if (listing->link < 0)
		ret = dh_bpf_check();
	if (!ret && listing->link < 0)
		ret = dh_bpf_load_buffers(&listing->link);
	if (ret)
		return ret;
	return dh_bpf_read(listing->link, sizeof(struct dh_buffer_record), visit_record, listing);
}

static const struct {
	const char *name;
	int (*read)(struct dh_buffer_list *listing);
} sources[] = {
	{ "sys/kernel/debug/dma_buf/bufinfo", read_bufinfo },
	{ "sys/" DH_PINNED_PATH, read_pinned },
	{ "BPF iterator dmabuf", read_iterator }, /* last: a recorded tree has none */
};

static int read_source(struct dh_buffer_list *listing)
{
	const struct dh_log *log = listing->root->log;
	const char *name = sources[listing->source].name;
	int ret;

	listing->n = 0;
	ret = sources[listing->source].read(listing);
	if (ret)
		dh_note(log, "%s: %s", name, dh_errno_name(-ret));
	else
		dh_note(log, "%s: %zu buffers", name, listing->n);
	return ret;
}

/* --- Reading -------------------------------------------------------------------------- */

int dh_buffer_list_read(struct dh_buffer_list *listing, const struct dh_root *root,
			struct dh_holders *holders)
{
	const int n = root->live ? ARRAY_SIZE(sources) : ARRAY_SIZE(sources) - 1;
	int ret = 0, first = 0;

	*listing = (struct dh_buffer_list){ .root = root, .holders = holders, .link = -1 };
	for (listing->source = 0; listing->source < n; listing->source++) {
		ret = read_source(listing);
		if (listing->source == 0)
			first = ret;
		if (!ret || ret == -ENOMEM)
			break;
		/* What an unreadable list told until then may be wrong. */
		dh_holders_clear(holders);
	}
	holders->listed = !ret;
	holders->list_error = first;
	return ret == -ENOMEM ? ret : 0;
}

void dh_buffer_list_read_again(struct dh_buffer_list *listing)
{
	int ret = read_source(listing);

	listing->holders->listed = !ret;
	/* The remark about a missing list names debugfs, so other sources keep their errors. */
	if (ret && !listing->source)
		listing->holders->list_error = ret;
}

void dh_buffer_list_close(struct dh_buffer_list *listing)
{
	dh_auto_fd(&listing->link);
}
