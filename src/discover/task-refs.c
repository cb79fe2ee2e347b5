// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/task-refs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/units.h"
#include "discover/bpf.h"

/*
 * Use the iterators if at least this number of files is open. With few files, reading all of /proc
 * is faster: it takes about 3.5 us for each file, while loading the programs takes about 6 ms.
 */
#define FILES_MIN 4096

/*
 * Inode of the initial PID namespace: PROC_PID_INIT_INO of include/linux/proc_ns.h. The programs
 * report the PIDs of this namespace.
 */
#define INITIAL_PID_NAMESPACE 0xeffffffcU

void dh_task_refs_clear(struct dh_task_refs *refs)
{
	free(refs->all);
	*refs = (struct dh_task_refs){ 0 };
}

size_t dh_task_refs_find(const struct dh_task_refs *refs, pid_t pid,
			 const struct dh_task_ref **first)
{
	size_t low = 0, high = refs->n, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (refs->all[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	*first = refs->all + low;
	while (low + n < refs->n && refs->all[low + n].pid == pid)
		n++;
	return n;
}

/*
 * Returns 0 if this process may load the BPF programs, loading them saves time, and they report the
 * same PIDs as /proc. Otherwise returns -errno.
 */
static int check_usable(const struct dh_root *root)
{
	struct stat namespace;
	char files[64];
	uint64_t n;
	int ret;

	if (dh_file_read(root->proc, "sys/fs/file-nr", files, sizeof(files)) < 0)
		return -ENODATA;
	files[strcspn(files, "\t")] = '\0';
	if (dh_parse_count(files, 0, UINT64_MAX, &n) || n < FILES_MIN)
		return -ENODATA;
	ret = dh_bpf_check();
	if (ret)
		return ret;
	if (fstatat(root->proc, "self/ns/pid", &namespace, 0))
		return -errno;
	return namespace.st_ino == INITIAL_PID_NAMESPACE ? 0 : -EXDEV;
}

static int add_ref(void *data, const void *record)
{
	struct dh_task_refs *refs = data;
	struct dh_task_ref *added = dh_array_add(&refs->all, &refs->n);

	if (!added)
		return -ENOMEM;
	memcpy(added, record, sizeof(*added));
	return 0;
}

static int read_iterators(const struct dh_root *root, struct dh_task_refs *refs)
{
	dh_auto(fd) int descriptors = -1;
	dh_auto(fd) int mappings = -1;
	int ret = check_usable(root);

	if (!ret)
		ret = dh_bpf_load_tasks(&descriptors, &mappings);
	if (!ret)
		ret = dh_bpf_read(descriptors, sizeof(struct dh_task_ref), add_ref, refs);
	if (!ret)
		ret = dh_bpf_read(mappings, sizeof(struct dh_task_ref), add_ref, refs);
	return ret;
}

static int compare(const void *a, const void *b)
{
	const struct dh_task_ref *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

/*
 * Sorts the references, and removes duplicates: all mappings of a thread result in the same
 * reference.
 */
static void sort_unique(struct dh_task_refs *refs)
{
	size_t n = 0;

	dh_array_sort(refs->all, refs->n, compare);
	for (size_t i = 0; i < refs->n; i++)
		if (!n || compare(&refs->all[n - 1], &refs->all[i]))
			refs->all[n++] = refs->all[i];
	refs->n = n;
}

int dh_task_refs_read(const struct dh_root *root, struct dh_task_refs *refs)
{
	int ret;

	if (dh_bpf_check() == -EOPNOTSUPP) {
		dh_note(root->log, "bpf: built without BPF; reading all of /proc");
		return -EOPNOTSUPP;
	}
	ret = read_iterators(root, refs);
	if (ret == -ENODATA)
		dh_note(root->log,
			"bpf: few open files, or their number is unknown; reading all of /proc");
	else if (ret)
		dh_note(root->log, "bpf: using the iterators: %s; reading all of /proc",
			dh_errno_name(-ret));
	sort_unique(refs);
	if (!ret)
		dh_note(root->log, "bpf: references to dma-bufs: %zu", refs->n);
	return ret;
}
