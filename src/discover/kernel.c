// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

/* linux/capability.h */
#define CAP_SYS_MODULE 16

static struct dh_maybe read_modules(const struct dh_root *root)
{
	dh_auto(fd) int fd = dh_file_open(root->proc, "modules", O_RDONLY);

	if (fd >= 0)
		return dh_known(1);
	return fd == -ENOENT && root->proc >= 0 ? dh_known(0) : (struct dh_maybe){ 0 };
}

static struct dh_maybe read_number(const struct dh_root *root, int dir, const char *path)
{
	uint64_t value;
	int ret = dh_file_read_u64(dir, path, 10, &value);

	if (ret) {
		dh_note(root->log, "%s: %s", path, strerror(-ret));
		return (struct dh_maybe){ 0 };
	}
	return dh_known(value != 0);
}

static struct dh_maybe read_letter(const struct dh_root *root, const char *path)
{
	char text[8];

	if (dh_file_read(root->sys, path, text, sizeof(text)) != 1)
		return (struct dh_maybe){ 0 };
	return *text == 'Y' || *text == 'N' ? dh_known(*text == 'Y') : (struct dh_maybe){ 0 };
}

/* "none [integrity] confidentiality" */
static void read_lockdown(const struct dh_root *root, char *out, size_t size)
{
	static const char path[] = "kernel/security/lockdown";
	char text[128], *begin, *end;
	ssize_t length = dh_file_read(root->sys, path, text, sizeof(text));

	if (length < 0) {
		dh_note(root->log, "/sys/%s: %s", path, strerror((int)-length));
		return;
	}
	begin = strchr(text, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (end)
		snprintf(out, size, "%.*s", (int)(end - begin - 1), begin + 1);
}

static struct dh_maybe read_capability(const struct dh_root *root)
{
	char text[4096], *line;

	if (!root->live || dh_file_read(root->proc, "self/status", text, sizeof(text)) < 0)
		return (struct dh_maybe){ 0 };
	line = strstr(text, "\nCapEff:");
	if (!line)
		return (struct dh_maybe){ 0 };
	return dh_known(strtoull(line + strlen("\nCapEff:"), NULL, 16) >> CAP_SYS_MODULE & 1);
}

void dh_kernel_read(const struct dh_root *root, const char *sysroot,
		    struct dh_module_kernel *kernel)
{
	int length;

	if (dh_file_read(root->proc, "sys/kernel/osrelease", kernel->release,
			 sizeof(kernel->release)) < 0)
		*kernel->release = '\0';
	/* It becomes part of a path. */
	if (strchr(kernel->release, '/') || *kernel->release == '.')
		*kernel->release = '\0';
	length = snprintf(kernel->folder, sizeof(kernel->folder), "%s/lib/modules/%s",
			  sysroot ? sysroot : "", kernel->release);
	kernel->folder_seen = *kernel->release && length < (int)sizeof(kernel->folder) &&
			      !access(kernel->folder, R_OK | X_OK);
	kernel->modules = read_modules(root);
	kernel->modules_disabled = read_number(root, root->proc, "sys/kernel/modules_disabled");
	kernel->sig_enforce = read_letter(root, "module/module/parameters/sig_enforce");
	read_lockdown(root, kernel->lockdown, sizeof(kernel->lockdown));
	kernel->privileged = read_capability(root);
}

int dh_kernel_accessors_read(const struct dh_root *root, struct dh_module_kernel *kernel)
{
	dh_auto(fd) int fd = dh_file_open(root->proc, "kallsyms", O_RDONLY);
	bool seen[DH_ACCESSORS] = { 0 };
	dh_auto(file) FILE *file = NULL;
	dh_auto(free) char *line = NULL;
	size_t size = 0, lines = 0;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "r");
	if (!file)
		return -errno;
	dh_steal_fd(&fd);

	errno = 0;
	/* "ffffffff81a0b0c0 T dma_heap_add", and "\t[module]" behind it for those of modules. */
	for (; getline(&line, &size, file) > 0; lines++) {
		const char *name = strstr(line, " dma_heap_");
		size_t length;

		if (!name)
			continue;
		length = strcspn(++name, "\t\n ");
		for (int i = 0; i < DH_ACCESSORS; i++) {
			const char *wanted = dh_accessor_name(i);

			if (length == strlen(wanted) && !strncmp(name, wanted, length))
				seen[i] = true;
		}
	}
	if (ferror(file))
		return errno ? -errno : -EIO;
	if (!lines)
		return -ENODATA;
	for (int i = 0; i < DH_ACCESSORS; i++)
		kernel->accessors[i] = dh_known(seen[i]);
	return 0;
}

int dh_kernel_log_open(const struct dh_root *root)
{
	dh_auto(fd) int fd = dh_file_open(root->dev, "kmsg", O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd;
	if (lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return dh_steal_fd(&fd);
}

int dh_kernel_log_each(int log, void (*visit)(void *data, int severity, const char *message),
		       void *data)
{
	/* Documentation/ABI/testing/dev-kmsg; a read gives one record, or EINVAL if it is longer */
	char record[8192];

	for (;;) {
		ssize_t length = read(log, record, sizeof(record) - 1);
		char *message;

		/* EPIPE: what was next has been overwritten */
		if (length < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (length < 0 && errno != EAGAIN)
			return -errno;
		if (length <= 0)
			return 0;
		record[length] = '\0';
		message = strchr(record, ';');
		if (!message)
			continue;
		message[1 + strcspn(message + 1, "\n")] = '\0';
		visit(data, (int)(strtoul(record, NULL, 10) & 7), message + 1);
	}
}
