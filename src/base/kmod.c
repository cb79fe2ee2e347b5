// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/kmod.h"

#include <errno.h>
#include <string.h>

bool dh_module_name_valid(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789_-");

	return length > 0 && length <= DH_MODULE_NAME_MAX && !name[length];
}

#ifdef HAVE_LIBKMOD

#include <elf.h>
#include <fcntl.h>
#include <libkmod.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/library.h"

/* A module's init function may take its time; a look into indexes and files may not. */
#define LOOK_SECONDS 5
#define LOAD_SECONDS 60

/* Beyond what the tool has when it forks. The indexes of a distribution have 5 MiB. */
#define MEMORY_MAX ((rlim_t)256 << 20)

/* clang-format off */
#define FUNCTIONS(x)                       \
	x(kmod_new)                        \
	x(kmod_get_dirname)                \
	x(kmod_set_log_fn)                 \
	x(kmod_list_next)                  \
	x(kmod_module_new_from_name)       \
	x(kmod_module_new_from_path)       \
	x(kmod_module_new_from_lookup)     \
	x(kmod_module_get_initstate)       \
	x(kmod_module_get_refcnt)          \
	x(kmod_module_get_holders)         \
	x(kmod_module_get_module)          \
	x(kmod_module_get_name)            \
	x(kmod_module_get_path)            \
	x(kmod_module_get_info)            \
	x(kmod_module_info_get_key)        \
	x(kmod_module_info_get_value)      \
	x(kmod_module_insert_module)       \
	x(kmod_module_probe_insert_module) \
	x(kmod_module_remove_module)
/* clang-format on */

static struct {
	FUNCTIONS(DH_LIBRARY_MEMBER)
} library;
static const char *const names[] = { FUNCTIONS(DH_LIBRARY_NAME) };
static struct dh_library libkmod = { .file = "libkmod.so.2",
				     .names = names,
				     .n = ARRAY_SIZE(names) };

/* What the child is to do, in memory that it shares with the tool. */
struct job {
	int (*run)(struct job *job, struct kmod_ctx *context);
	int ret;
	struct dh_kmod_request request;
	struct dh_kmod found;
	char name[DH_MODULE_NAME_MAX + 1]; /* of the module in request.file */
};

/* --- In the child: what is taken is not given back, since the child ends ----------- */

static void write_note(void *data, const char *sentence)
{
	(void)data;
	dprintf(STDERR_FILENO, "%s\n", sentence);
}

static const struct dh_log child_log = { .note = write_note };

__attribute__((format(printf, 6, 0))) static void take_log(void *data, int priority,
							   const char *file, int line,
							   const char *function, const char *format,
							   va_list args)
{
	char text[512];

	(void)data, (void)priority, (void)file, (void)line, (void)function;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	dh_note(&child_log, "libkmod: %s", text);
}

static void limit_memory(void)
{
	unsigned long pages = 0;
	dh_auto(file) FILE *file = fopen("/proc/self/statm", "re");
	struct rlimit limit;

	if (file && fscanf(file, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
		pages = 0;
	limit.rlim_cur = limit.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY_MAX;
	setrlimit(RLIMIT_DATA, &limit);
}

static void work(struct job *job)
{
	struct kmod_ctx *context;

	/* No core file of a crash that damaged input causes. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit_memory();
	if (!dh_library_load(&libkmod, &library, &child_log)) {
		job->ret = libkmod.error;
		return;
	}
	context = library.kmod_new(NULL, NULL);
	if (!context) {
		job->ret = -ENOMEM;
		return;
	}
	library.kmod_set_log_fn(context, take_log, NULL);
	job->ret = job->run(job, context);
}

/* The first module that the indexes have for the name, or NULL. */
static struct kmod_module *look_up(struct kmod_ctx *context, const char *name)
{
	struct kmod_list *list = NULL;

	if (library.kmod_module_new_from_lookup(context, name, &list) < 0 || !list)
		return NULL;
	return library.kmod_module_get_module(list);
}

static enum dh_module_state loaded_state(struct kmod_module *module)
{
	switch (library.kmod_module_get_initstate(module)) {
	case KMOD_MODULE_BUILTIN:
		return DH_MODULE_BUILTIN;
	case KMOD_MODULE_LIVE:
	case KMOD_MODULE_COMING:
	case KMOD_MODULE_GOING:
		return DH_MODULE_LIVE;
	default:
		return DH_MODULE_ABSENT;
	}
}

static void find_holders(struct kmod_module *module, struct dh_kmod *found)
{
	const struct kmod_list *list = library.kmod_module_get_holders(module);
	int refs = library.kmod_module_get_refcnt(module);
	size_t length = 0;

	if (refs >= 0)
		found->refs = dh_known((uint64_t)refs);
	for (const struct kmod_list *item = list; item && length < sizeof(found->holders);
	     item = library.kmod_list_next(list, item))
		length += (size_t)snprintf(
			found->holders + length, sizeof(found->holders) - length, "%s%s",
			length ? "," : "",
			library.kmod_module_get_name(library.kmod_module_get_module(item)));
}

static int find(struct job *job, struct kmod_ctx *context)
{
	const char *name = job->request.name, *file;
	struct dh_kmod *found = &job->found;
	enum dh_module_state looked_up;
	struct kmod_module *module;
	int ret = library.kmod_module_new_from_name(context, name, &module);

	if (ret < 0)
		return ret;
	found->state = loaded_state(module);
	if (found->state == DH_MODULE_LIVE)
		find_holders(module, found);
	/* What is loaded stands in sysfs, where that is mounted. */
	if (found->state == DH_MODULE_ABSENT && access("/sys/module", F_OK))
		found->state = DH_MODULE_UNKNOWN;
	if (access(library.kmod_get_dirname(context), R_OK | X_OK)) {
		if (found->state == DH_MODULE_ABSENT && errno != ENOENT)
			found->state = DH_MODULE_UNKNOWN;
		return 0;
	}
	module = look_up(context, name);
	if (!module)
		return 0;
	file = library.kmod_module_get_path(module);
	if (file)
		snprintf(found->file, sizeof(found->file), "%s", file);
	/* The indexes also know what is built in, and aliases. */
	looked_up = loaded_state(module);
	if (found->state == DH_MODULE_ABSENT || looked_up == DH_MODULE_BUILTIN)
		found->state = looked_up;
	if (found->state == DH_MODULE_ABSENT && file)
		found->state = DH_MODULE_LOADABLE;
	return 0;
}

static int read_name(struct job *job, struct kmod_ctx *context)
{
	struct kmod_module *module;
	struct kmod_list *list = NULL;
	const char *name;

	if (library.kmod_module_new_from_path(context, job->request.file, &module) < 0 ||
	    library.kmod_module_get_info(module, &list) < 0)
		return -ENOEXEC;
	/* A file may have been renamed, and then libkmod takes its name for the module's. */
	name = library.kmod_module_get_name(module);
	for (struct kmod_list *item = list; item; item = library.kmod_list_next(list, item))
		if (!strcmp(library.kmod_module_info_get_key(item), "name"))
			name = library.kmod_module_info_get_value(item);
	snprintf(job->name, sizeof(job->name), "%s", name);
	return 0;
}

/* libkmod would hand the command to a shell. */
static int refuse_command(struct kmod_module *module, const char *command, void *data)
{
	(void)module, (void)data;
	dh_note(&child_log, "libkmod: not running '%s'", command);
	return -ECANCELED;
}

static int load(struct job *job, struct kmod_ctx *context)
{
	struct kmod_module *module;
	int ret;

	if (!job->request.file) {
		module = look_up(context, job->request.name);
		return module ? library.kmod_module_probe_insert_module(
					module, KMOD_PROBE_FAIL_ON_LOADED, job->request.parameters,
					refuse_command, NULL, NULL)
			      : -ENOENT;
	}
	ret = library.kmod_module_new_from_path(context, job->request.file, &module);
	return ret < 0 ? ret
		       : library.kmod_module_insert_module(module, 0, job->request.parameters);
}

static int unload(struct job *job, struct kmod_ctx *context)
{
	struct kmod_module *module;
	int ret = library.kmod_module_new_from_name(context, job->request.name, &module);

	return ret < 0 ? ret : library.kmod_module_remove_module(module, 0);
}

/* --- In the tool --------------------------------------------------------------------- */

static void dh_auto_job(struct job **job)
{
	if (*job != MAP_FAILED)
		munmap(*job, sizeof(**job));
}

static struct job *new_job(void)
{
	return mmap(NULL, sizeof(struct job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
}

/* Notes what the child says, line by line, until it ends. 0 or -ETIMEDOUT. */
static int listen_to(int fd, int seconds, const struct dh_log *log)
{
	uint64_t end = dh_clock_now() + (uint64_t)seconds * UINT64_C(1000000000);
	char line[1024];
	size_t length = 0;

	for (;;) {
		struct pollfd wanted = { .fd = fd, .events = POLLIN };
		uint64_t now = dh_clock_now();
		char byte[256];
		ssize_t got;

		if (now >= end || !poll(&wanted, 1, (int)((end - now) / 1000000)))
			return -ETIMEDOUT;
		got = read(fd, byte, sizeof(byte));
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return 0;
		for (ssize_t i = 0; i < got; i++) {
			if (byte[i] != '\n' && length < sizeof(line) - 1) {
				line[length++] = byte[i];
				continue;
			}
			line[length] = '\0';
			dh_note(log, "%s", line);
			length = 0;
		}
	}
}

static int in_child(struct job *job, int seconds, const struct dh_log *log)
{
	dh_auto(fd) int output = -1;
	int ends[2], ret;
	pid_t child;

	job->ret = -ENOTRECOVERABLE;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	output = ends[0];
	child = fork();
	if (!child) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[1]);
		work(job);
		_exit(0);
	}
	ret = child < 0 ? -errno : 0;
	close(ends[1]);
	if (ret)
		return ret;

	ret = listen_to(output, seconds, log);
	if (ret) {
		/* An init function cannot be interrupted: then the child is left alone. */
		kill(child, SIGKILL);
		listen_to(output, 1, log);
		waitpid(child, NULL, WNOHANG);
		return ret;
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return job->ret;
}

int dh_kmod_find(const char *name, const struct dh_log *log, struct dh_kmod *found)
{
	dh_auto(job) struct job *job = new_job();
	int ret;

	*found = (struct dh_kmod){ 0 };
	if (!dh_module_name_valid(name))
		return -EINVAL;
	if (job == MAP_FAILED)
		return -errno;
	job->run = find;
	job->request.name = name;
	ret = in_child(job, LOOK_SECONDS, log);
	if (!ret)
		*found = job->found;
	return ret;
}

/* Are the sections within the file, as far as its header tells? */
#define SECTIONS_FIT(header, size)                                                         \
	((header).e_type == ET_REL && (header).e_shentsize >= sizeof(Elf32_Shdr) &&        \
	 (header).e_shstrndx < (header).e_shnum && (header).e_shoff <= (uint64_t)(size) && \
	 (uint64_t)(header).e_shnum * (header).e_shentsize <= (size) - (header).e_shoff)

/* Compressed files are libkmod's to judge. */
static bool is_damaged(int fd, uint64_t size)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr narrow;
		Elf64_Ehdr wide;
	} header = { 0 };
	ssize_t length = pread(fd, &header, sizeof(header), 0);

	if (length < SELFMAG || memcmp(header.ident, ELFMAG, SELFMAG) != 0)
		return length < SELFMAG;
	if (length < (ssize_t)sizeof(header))
		return true;
	return header.ident[EI_CLASS] == ELFCLASS32 ? !SECTIONS_FIT(header.narrow, size)
						    : !SECTIONS_FIT(header.wide, size);
}

int dh_kmod_file_name(const char *file, const struct dh_log *log, char name[DH_MODULE_NAME_MAX + 1])
{
	dh_auto(job) struct job *job = new_job();
	dh_auto(fd) int fd = -1;
	struct stat facts;
	int ret;

	if (job == MAP_FAILED)
		return -errno;
	/* Opening what is not a regular file can have effects of its own. */
	if (stat(file, &facts))
		return -errno;
	if (!S_ISREG(facts.st_mode))
		return -EINVAL;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (is_damaged(fd, (uint64_t)facts.st_size))
		return -ENOEXEC;
	job->run = read_name;
	job->request.file = file;
	ret = in_child(job, LOOK_SECONDS, log);
	if (!ret)
		memcpy(name, job->name, sizeof(job->name));
	return ret;
}

int dh_kmod_load(const struct dh_kmod_request *request, const struct dh_log *log)
{
	dh_auto(job) struct job *job = new_job();

	if (job == MAP_FAILED)
		return -errno;
	job->run = load;
	job->request = *request;
	return in_child(job, LOAD_SECONDS, log);
}

int dh_kmod_unload(const char *name, const struct dh_log *log)
{
	dh_auto(job) struct job *job = new_job();

	if (!dh_module_name_valid(name))
		return -EINVAL;
	if (job == MAP_FAILED)
		return -errno;
	job->run = unload;
	job->request.name = name;
	return in_child(job, LOAD_SECONDS, log);
}

#else

int dh_kmod_find(const char *name, const struct dh_log *log, struct dh_kmod *found)
{
	*found = (struct dh_kmod){ 0 };
	dh_note(log, "libkmod: built without");
	return dh_module_name_valid(name) ? -ELIBACC : -EINVAL;
}

int dh_kmod_file_name(const char *file, const struct dh_log *log, char name[DH_MODULE_NAME_MAX + 1])
{
	(void)file, (void)log, (void)name;
	return -ELIBACC;
}

int dh_kmod_load(const struct dh_kmod_request *request, const struct dh_log *log)
{
	(void)request, (void)log;
	return -ELIBACC;
}

int dh_kmod_unload(const char *name, const struct dh_log *log)
{
	(void)name, (void)log;
	return -ELIBACC;
}

#endif
