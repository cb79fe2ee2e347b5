// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "base/record.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/discover.h"
#include "discover/kernel-config.h"
#include "discover/proc.h"

#define FILE_SIZE_MAX ((size_t)64 << 20)

int dh_recorder_add(const struct dh_recorder_dir *dir, const char *path, enum dh_member type,
		    const void *data, size_t length)
{
	struct dh_recorder *recorder = dir->recorder;
	dh_auto(free) char *full = dh_text_format("%s%s%s", dir->name, *path ? "/" : "", path);

	if (!full)
		return -ENOMEM;
	recorder->result->members.value++;
	if (type == DH_MEMBER_FILE)
		recorder->result->bytes.value += length;
	/* Keep the error: callers ignore most errors of a process, which may have ended. */
	if (!recorder->error)
		recorder->error = dh_archive_add(recorder->archive, full, type, data, length);
	return recorder->error;
}

int dh_recorder_error(const struct dh_recorder_dir *dir, const char *path, int error)
{
	struct dh_recording *result = dir->recorder->result;
	char target[DH_ERROR_LINK_MAX];

	if (error == -ENOENT || dh_proc_fatal_error(error))
		return error == -ENOENT ? 0 : error;
	dh_note(dir->recorder->root->log, "%s/%s: %s", dir->name, path, dh_errno_name(-error));
	if (!result->unreadable.value++) {
		snprintf(result->unreadable_path, sizeof(result->unreadable_path), "%s/%s",
			 dir->name, path);
		result->unreadable_error = -error;
	}
	dh_error_link(-error, target);
	return dh_recorder_add(dir, path, DH_MEMBER_LINK, target, 0);
}

int dh_recorder_load(int dir, const char *path, char **text, size_t *length)
{
	dh_auto(fd) int fd = dh_file_open(dir, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	size_t room = 0;

	*text = NULL;
	*length = 0;
	if (fd < 0)
		return fd;
	/* The size of a file in /proc or sysfs is unknown until its end is read. */
	for (;;) {
		ssize_t got;

		if (*length == room) {
			char *larger;

			if (room >= FILE_SIZE_MAX)
				return -EFBIG;
			room = room ? 2 * room : 4096;
			larger = realloc(*text, room);
			if (!larger)
				return -ENOMEM;
			*text = larger;
		}
		got = read(fd, *text + *length, room - *length);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (!got) {
			(*text)[*length] = '\0';
			return 0;
		}
		*length += got > 0 ? (size_t)got : 0;
	}
}

int dh_recorder_read(const struct dh_recorder_dir *dir, const char *path)
{
	dh_auto(free) char *text = NULL;
	size_t length;
	int ret = dh_recorder_load(dir->fd, path, &text, &length);

	return ret ? dh_recorder_error(dir, path, ret)
		   : dh_recorder_add(dir, path, DH_MEMBER_FILE, text, length);
}

int dh_recorder_exists(const struct dh_recorder_dir *dir, const char *path)
{
	dh_auto(fd) int fd = dh_file_open(dir->fd, path, O_PATH | O_NOFOLLOW);

	return fd < 0 ? dh_recorder_error(dir, path, fd)
		      : dh_recorder_add(dir, path, DH_MEMBER_FILE, NULL, 0);
}

/* --- Nodes -------------------------------------------------------------------------- */

static int add_node(const struct dh_recorder_dir *dir, const struct dh_heap *heap)
{
	dh_auto(free) char *path = dh_text_format("dma_heap/%s", heap->name);
	dh_auto(stream) struct dh_stream line = { 0 };
	const struct dh_permission *node = &heap->permission;

	if (!path)
		return -ENOMEM;
	/* dh_nodes_read() does not set node_error for EACCES, so 0 means EACCES. */
	if (!heap->has_node_facts)
		return dh_recorder_error(dir, path, heap->node_error ? heap->node_error : -EACCES);
	if (dh_stream_open(&line))
		return -ENOMEM;
	fprintf(line.file, "node mode=0x%x uid=%u gid=%u major=%u minor=%u", node->mode, node->uid,
		node->gid, major(heap->node_dev), minor(heap->node_dev));
	/* An ACL is a list of TAG:PERMISSIONS:ID. */
	for (size_t i = 0; i < node->n_acl; i++)
		fprintf(line.file, "%s%u:%u:%u", i ? "," : " acl=", node->acl[i].tag,
			node->acl[i].perm, node->acl[i].id);
	if (node->acl_unknown)
		fputs(" acl=-", line.file);
	fputc('\n', line.file);
	if (dh_stream_close(&line))
		return -ENOMEM;
	return dh_recorder_add(dir, path, DH_MEMBER_FILE, line.text, line.size);
}

/*
 * Records the names of the owners in the format of passwd(5) and group(5), without the fields that
 * follow the ID. Does not record other users and groups.
 */
static int add_owners(struct dh_recorder *recorder, const struct dh_inventory *inventory)
{
	const struct dh_recorder_dir dir = { recorder, "etc", recorder->root->etc };
	dh_auto(stream) struct dh_stream users = { 0 };
	dh_auto(stream) struct dh_stream groups = { 0 };
	int ret;

	if (dh_stream_open(&users) || dh_stream_open(&groups))
		return -ENOMEM;
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const struct dh_heap *heap = &inventory->heaps[i];
		const struct dh_permission *node = &heap->permission;
		bool new_user = heap->owner, new_group = heap->group;

		for (size_t j = 0; j < i; j++) {
			const struct dh_heap *other = &inventory->heaps[j];

			if (other->owner && other->permission.uid == node->uid)
				new_user = false;
			if (other->group && other->permission.gid == node->gid)
				new_group = false;
		}
		if (new_user)
			fprintf(users.file, "%s:x:%u:\n", heap->owner, node->uid);
		if (new_group)
			fprintf(groups.file, "%s:x:%u:\n", heap->group, node->gid);
	}
	if (dh_stream_close(&users) || dh_stream_close(&groups))
		return -ENOMEM;
	ret = dh_recorder_add(&dir, "passwd", DH_MEMBER_FILE, users.text, users.size);
	return ret ? ret : dh_recorder_add(&dir, "group", DH_MEMBER_FILE, groups.text, groups.size);
}

static int record_dev(const struct dh_recorder_dir *dir)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	int ret = dh_discover(dir->recorder->root, DH_WANT_HEAPS, &inventory);

	if (!ret)
		ret = inventory.node_dir_error
			      ? dh_recorder_error(dir, "dma_heap", inventory.node_dir_error)
			      : dh_recorder_add(dir, "dma_heap", DH_MEMBER_FOLDER, NULL, 0);
	if (!ret)
		ret = dh_recorder_exists(dir, "udmabuf");
	for (size_t i = 0; i < inventory.n_heaps && !ret; i++)
		if (inventory.heaps[i].seen & DH_SEEN_NODE)
			ret = add_node(dir, &inventory.heaps[i]);
	return ret ? ret : add_owners(dir->recorder, &inventory);
}

/* --- /proc -------------------------------------------------------------------------- */

/*
 * Records only the options in struct dh_kernel_config: others can contain secrets, for example in
 * CONFIG_CMDLINE.
 */
static int record_config(const struct dh_recorder_dir *dir)
{
	dh_auto(free) char *escaped = NULL;
	dh_auto(free) char *line = NULL;
	struct dh_kernel_config config;

	dh_kernel_config_read(dir->recorder->root, &config);
	if (!*config.path)
		return 0;
	escaped = dh_record_escape(config.path);
	line = escaped ? dh_text_format("config heaps=%d cma_heap=%d kretprobes=%d "
					"cma_alignment=%u path=%s\n",
					config.heaps, config.cma_heap, config.kretprobes,
					config.cma_alignment, escaped)
		       : NULL;
	if (!line)
		return -ENOMEM;
	return dh_recorder_add(dir, DH_KERNEL_CONFIG_RECORD, DH_MEMBER_FILE, line, strlen(line));
}

/* Records only the kernel parameters that begin with "cma=", because others can contain secrets. */
static int record_cmdline(const struct dh_recorder_dir *dir)
{
	dh_auto(stream) struct dh_stream kept = { 0 };
	char text[4096], *rest = text, *word;
	bool any = false;
	ssize_t length = dh_file_read(dir->fd, "cmdline", text, sizeof(text));

	if (length < 0)
		return dh_recorder_error(dir, "cmdline", (int)length);
	if (dh_stream_open(&kept))
		return -ENOMEM;
	while ((word = strsep(&rest, " "))) {
		if (strncmp(word, "cma=", 4) != 0)
			continue;
		fprintf(kept.file, "%s%s", any ? " " : "", word);
		any = true;
	}
	fputc('\n', kept.file);
	if (dh_stream_close(&kept))
		return -ENOMEM;
	return dh_recorder_add(dir, "cmdline", DH_MEMBER_FILE, kept.text, kept.size);
}

static int record_proc(const struct dh_recorder_dir *dir)
{
	static const char *const files[] = { "meminfo",
					     "devices",
					     "sys/kernel/random/boot_id",
					     "sys/kernel/hostname",
					     "sys/kernel/osrelease",
					     NULL };
	static const char arch[] = "sys/kernel/arch";
	const char *machine = dir->recorder->machine;
	int ret = record_cmdline(dir);

	if (!ret)
		ret = record_config(dir);
	for (const char *const *file = files; *file && !ret; file++)
		ret = dh_recorder_read(dir, *file);
	/* Kernels before 6.1 lack the file "arch", so write recorder->machine if it is set. */
	if (!ret && machine)
		ret = dh_recorder_add(dir, arch, DH_MEMBER_FILE, machine, strlen(machine));
	else if (!ret)
		ret = dh_recorder_read(dir, arch);
	return ret ? ret : dh_recorder_processes(dir);
}

/* --- The tree ----------------------------------------------------------------------- */

static int add_record(struct dh_recorder *recorder)
{
	const struct dh_maybe page_size = recorder->root->page_size;
	char line[128], number[24] = "-";

	if (page_size.known)
		snprintf(number, sizeof(number), "%" PRIu64, page_size.value);
	snprintf(line, sizeof(line), "record major=%d page_size=%s\n", DH_RECORD_MAJOR, number);
	return dh_recorder_add(&(struct dh_recorder_dir){ recorder, DH_RECORD_FILE, -1 }, "",
			       DH_MEMBER_FILE, line, strlen(line));
}

int dh_recorder_run(struct dh_recorder *recorder)
{
	const struct {
		struct dh_recorder_dir dir;
		int (*record)(const struct dh_recorder_dir *dir);
	} parts[] = {
		{ { recorder, "sys", recorder->root->sys }, dh_recorder_sys },
		{ { recorder, "dev", recorder->root->dev }, record_dev },
		{ { recorder, "proc", recorder->root->proc }, record_proc },
	};
	struct dh_recording *result = recorder->result;
	int ret;

	result->members = result->bytes = result->processes = result->unreadable = dh_known(0);
	ret = add_record(recorder);
	for (size_t i = 0; i < ARRAY_SIZE(parts) && !ret; i++)
		ret = parts[i].dir.fd == -DH_NOT_MOUNTED
			      ? dh_recorder_error(&parts[i].dir, "", -DH_NOT_MOUNTED)
			      : parts[i].record(&parts[i].dir);
	for (size_t i = 0; i < recorder->n_devices; i++)
		free(recorder->devices[i]);
	free(dh_steal_ptr(recorder->devices));
	return ret ? ret : recorder->error;
}
