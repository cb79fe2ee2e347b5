// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/task-refs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/bpf.h"

/*
 * With fewer open files, all of /proc is read: that takes about 3.5 us for each, and loading the
 * programs takes 6 ms in all.
 */
#define FEW_FILES 4096

/* PROC_PID_INIT_INO of include/linux/proc_ns.h: the programs see the first namespace's pids. */
#define FIRST_PID_NAMESPACE 0xeffffffcU

void dh_task_refs_clear(struct dh_task_refs *sightings)
{
	free(sightings->all);
	*sightings = (struct dh_task_refs){ 0 };
}

size_t dh_task_refs_find(const struct dh_task_refs *sightings, pid_t pid,
			 const struct dh_task_ref **first)
{
	size_t low = 0, high = sightings->n, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sightings->all[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	*first = sightings->all + low;
	while (low + n < sightings->n && sightings->all[low + n].pid == pid)
		n++;
	return n;
}

/* Is it worth while, and would the numbers of processes be those of /proc? */
static int check(const struct dh_root *root)
{
	struct stat namespace;
	char files[64];
	uint64_t n;
	int ret;

	if (dh_file_read(root->proc, "sys/fs/file-nr", files, sizeof(files)) < 0)
		return -ENODATA;
	files[strcspn(files, "\t")] = '\0';
	if (dh_parse_count(files, 0, UINT64_MAX, &n) || n < FEW_FILES)
		return -ENODATA;
	ret = dh_bpf_check();
	if (ret)
		return ret;
	if (fstatat(root->proc, "self/ns/pid", &namespace, 0))
		return -errno;
	return namespace.st_ino == FIRST_PID_NAMESPACE ? 0 : -EXDEV;
}

static int add_sighting(void *data, const void *record)
{
	struct dh_task_refs *sightings = data;

	if (sightings->n == sightings->room) {
		size_t room = sightings->room ? 2 * sightings->room : 4096;
		struct dh_task_ref *more = reallocarray(sightings->all, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		sightings->all = more;
		sightings->room = room;
	}
	memcpy(&sightings->all[sightings->n++], record, sizeof(*sightings->all));
	return 0;
}

static int read_all(const struct dh_root *root, struct dh_task_refs *sightings)
{
	dh_auto(fd) int descriptors = -1;
	dh_auto(fd) int mappings = -1;
	int ret = check(root);

	if (!ret)
		ret = dh_bpf_load_tasks(&descriptors, &mappings);
	if (!ret)
		ret = dh_bpf_read(descriptors, sizeof(struct dh_task_ref), add_sighting, sightings);
	if (!ret)
		ret = dh_bpf_read(mappings, sizeof(struct dh_task_ref), add_sighting, sightings);
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

/* A thread has as many sightings of mappings as it has mappings. */
static void sort_unique(struct dh_task_refs *sightings)
{
	size_t n = 0;

	if (sightings->n)
		qsort(sightings->all, sightings->n, sizeof(*sightings->all), compare);
	for (size_t i = 0; i < sightings->n; i++)
		if (!n || compare(&sightings->all[n - 1], &sightings->all[i]))
			sightings->all[n++] = sightings->all[i];
	sightings->n = n;
}

int dh_task_refs_read(const struct dh_root *root, struct dh_task_refs *sightings)
{
	int ret;

	if (!dh_bpf_is_built()) {
		dh_note(root->log, "bpf: built without BPF, so all of /proc is read");
		return -EOPNOTSUPP;
	}
	ret = read_all(root, sightings);
	if (ret == -ENODATA)
		dh_note(root->log, "bpf: not used, as few files are open: all of /proc is read");
	else if (ret)
		dh_note(root->log, "bpf: %s, so all of /proc is read", dh_errno_name(-ret));
	sort_unique(sightings);
	if (!ret)
		dh_note(root->log, "bpf: %zu descriptors and mapped memories", sightings->n);
	return ret;
}
