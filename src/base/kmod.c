// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/kmod.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/*
 * Returns true for a valid module name: 1 to DH_MODULE_NAME_MAX letters, digits, '_' and '-'. Do
 * not pass other names to libkmod: in some versions, long names overflow a buffer of PATH_MAX
 * bytes.
 */
static bool is_valid_name(const char *name)
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

/* Deadlines. Loading waits for the module's init function, but a lookup only reads files. */
#define LOOKUP_SECONDS 5
#define LOAD_SECONDS   60

/* Bytes that the child may allocate. libkmod needs 5 MiB for a distribution's module indexes. */
#define CHILD_MEMORY_MAX ((rlim_t)256 << 20)

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

#define FUNCTION_POINTER(name) __typeof__(&name) name;
#define FUNCTION_NAME(name)    #name,

/* Pointers to the functions in FUNCTIONS, in the same order. load_library() sets them. */
static struct {
	FUNCTIONS(FUNCTION_POINTER)
} library;

/* Request and result of a child process, in memory that the child shares with its parent. */
struct job {
	int (*run)(struct job *job, struct kmod_ctx *context);
	int ret;
	struct dh_kmod_request request;
	struct dh_kmod found;
	char name[DH_MODULE_NAME_MAX + 1]; /* result of read_name() */
};

/* --- In the child process, which frees nothing because it exits soon ------------------ */

static void write_note(const char *sentence)
{
	dprintf(STDERR_FILENO, "%s\n", sentence);
}

static const struct dh_log child_log = { .note = write_note };

__attribute__((format(printf, 6, 0))) static void forward_log(void *data, int priority,
							      const char *file, int line,
							      const char *function,
							      const char *format, va_list args)
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
	limit.rlim_cur = limit.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + CHILD_MEMORY_MAX;
	setrlimit(RLIMIT_DATA, &limit);
}

static int load_library(void)
{
	static const char *const names[] = { FUNCTIONS(FUNCTION_NAME) };

	return dh_library_load("libkmod.so.2", names, ARRAY_SIZE(names), &library, &child_log);
}

static void run_job(struct job *job)
{
	struct kmod_ctx *context;

	/* A damaged file can crash libkmod: do not write a core file. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit_memory();
	job->ret = load_library();
	if (job->ret)
		return;
	context = library.kmod_new(NULL, NULL);
	if (!context) {
		job->ret = -ENOMEM;
		return;
	}
	library.kmod_set_log_fn(context, forward_log, NULL);
	job->ret = job->run(job, context);
}

/* Returns the first module whose name or alias matches `name`, or NULL. */
static struct kmod_module *lookup_module(struct kmod_ctx *context, const char *name)
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

static int find_module(struct job *job, struct kmod_ctx *context)
{
	const char *name = job->request.name, *file;
	struct dh_kmod *found = &job->found;
	enum dh_module_state lookup_state;
	struct kmod_module *module;
	int ret = library.kmod_module_new_from_name(context, name, &module);

	if (ret < 0)
		return ret;
	found->state = loaded_state(module);
	if (found->state == DH_MODULE_LIVE)
		find_holders(module, found);
	/* libkmod reads the state from sysfs. Without sysfs, a loaded module seems absent. */
	if (found->state == DH_MODULE_ABSENT && access("/sys/module", F_OK))
		found->state = DH_MODULE_UNKNOWN;
	if (access(library.kmod_get_dirname(context), R_OK | X_OK)) {
		if (found->state == DH_MODULE_ABSENT && errno != ENOENT)
			found->state = DH_MODULE_UNKNOWN;
		return 0;
	}
	module = lookup_module(context, name);
	if (!module)
		return 0;
	file = library.kmod_module_get_path(module);
	if (file)
		snprintf(found->file, sizeof(found->file), "%s", file);
	/* The indexes may show that the module is built in, or that `name` is an alias. */
	lookup_state = loaded_state(module);
	if (found->state == DH_MODULE_ABSENT || lookup_state == DH_MODULE_BUILTIN)
		found->state = lookup_state;
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
	/*
	 * libkmod derives the name from the file name, but a file can be renamed: prefer the field
	 * "name" of modinfo.
	 */
	name = library.kmod_module_get_name(module);
	for (struct kmod_list *item = list; item; item = library.kmod_list_next(list, item))
		if (!strcmp(library.kmod_module_info_get_key(item), "name"))
			name = library.kmod_module_info_get_value(item);
	snprintf(job->name, sizeof(job->name), "%s", name);
	return 0;
}

/* Rejects install commands of modprobe.d(5). Without this callback, libkmod would run them. */
static int refuse_command(struct kmod_module *module, const char *command, void *data)
{
	(void)module, (void)data;
	dh_note(&child_log, "libkmod: install command not run: '%s'", command);
	return -ECANCELED;
}

static int load_module(struct job *job, struct kmod_ctx *context)
{
	struct kmod_module *module;
	int ret;

	if (!job->request.file) {
		module = lookup_module(context, job->request.name);
		return module ? library.kmod_module_probe_insert_module(
					module, KMOD_PROBE_FAIL_ON_LOADED, job->request.parameters,
					refuse_command, NULL, NULL)
			      : -ENOENT;
	}
	ret = library.kmod_module_new_from_path(context, job->request.file, &module);
	return ret < 0 ? ret
		       : library.kmod_module_insert_module(module, 0, job->request.parameters);
}

static int unload_module(struct job *job, struct kmod_ctx *context)
{
	struct kmod_module *module;
	int ret = library.kmod_module_new_from_name(context, job->request.name, &module);

	return ret < 0 ? ret : library.kmod_module_remove_module(module, 0);
}

/* --- In the parent process ------------------------------------------------------------ */

static void dh_auto_job(struct job **job)
{
	if (*job)
		munmap(*job, sizeof(**job));
}

/* Allocates a job in memory that a child process shares. Returns NULL with errno set on failure. */
static struct job *new_job(int (*run)(struct job *job, struct kmod_ctx *context),
			   const struct dh_kmod_request *request)
{
	struct job *job =
		mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (job == MAP_FAILED)
		return NULL;
	job->run = run;
	job->request = *request;
	return job;
}

/*
 * Logs the child's output until the child exits. Returns 0, or -ETIMEDOUT after `seconds` seconds.
 */
static int forward_output(int fd, int seconds, const struct dh_log *log)
{
	uint64_t end = dh_clock_now() + (uint64_t)seconds * UINT64_C(1000000000);
	char line[1024];
	size_t length = 0;

	for (;;) {
		struct pollfd output = { .fd = fd, .events = POLLIN };
		uint64_t now = dh_clock_now();
		char bytes[256];
		ssize_t got = now < end ? poll(&output, 1, (int)((end - now) / 1000000)) : 0;

		if (!got)
			return -ETIMEDOUT;
		/* Do not read after a signal interrupted poll(): read() could block. */
		if (got > 0)
			got = read(fd, bytes, sizeof(bytes));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		for (ssize_t i = 0; i < got; i++) {
			if (bytes[i] != '\n' && length < sizeof(line) - 1) {
				line[length++] = bytes[i];
				continue;
			}
			line[length] = '\0';
			dh_note(log, "%s", line);
			length = 0;
		}
	}
}

static int run_in_child(struct job *job, int seconds, const struct dh_log *log)
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
		run_job(job);
		_exit(0);
	}
	ret = child < 0 ? -errno : 0;
	close(ends[1]);
	if (ret)
		return ret;

	ret = forward_output(output, seconds, log);
	if (ret) {
		/* A running init function delays SIGKILL, so wait only one second for the exit. */
		kill(child, SIGKILL);
		forward_output(output, 1, log);
		waitpid(child, NULL, WNOHANG);
		return ret;
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return job->ret;
}

int dh_kmod_find(const char *name, const struct dh_log *log, struct dh_kmod *found)
{
	dh_auto(job) struct job *job =
		new_job(find_module, &(struct dh_kmod_request){ .name = name });
	int ret;

	*found = (struct dh_kmod){ 0 };
	if (!is_valid_name(name))
		return -EINVAL;
	if (!job)
		return -errno;
	ret = run_in_child(job, LOOKUP_SECONDS, log);
	if (!ret)
		*found = job->found;
	return ret;
}

/* True for the header of a relocatable file whose section header table lies within the file. */
#define SECTIONS_FIT(header, size)                                                         \
	((header).e_type == ET_REL && (header).e_shentsize >= sizeof(Elf32_Shdr) &&        \
	 (header).e_shstrndx < (header).e_shnum && (header).e_shoff <= (uint64_t)(size) && \
	 (uint64_t)(header).e_shnum * (header).e_shentsize <= (size) - (header).e_shoff)

/*
 * Returns true if the file is shorter than 4 bytes, or has a damaged ELF header. Returns false for
 * other formats, such as a compressed module.
 */
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
	dh_auto(job) struct job *job =
		new_job(read_name, &(struct dh_kmod_request){ .file = file });
	dh_auto(fd) int fd = -1;
	struct stat facts;
	int ret;

	if (!job)
		return -errno;
	/* Opening a device or a FIFO can have side effects, so check the type first. */
	if (stat(file, &facts))
		return -errno;
	if (!S_ISREG(facts.st_mode))
		return -EINVAL;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (is_damaged(fd, (uint64_t)facts.st_size))
		return -ENOEXEC;
	ret = run_in_child(job, LOOKUP_SECONDS, log);
	if (!ret)
		memcpy(name, job->name, sizeof(job->name));
	return ret;
}

int dh_kmod_load(const struct dh_kmod_request *request, const struct dh_log *log)
{
	dh_auto(job) struct job *job = new_job(load_module, request);

	return job ? run_in_child(job, LOAD_SECONDS, log) : -errno;
}

int dh_kmod_unload(const char *name, const struct dh_log *log)
{
	dh_auto(job) struct job *job =
		new_job(unload_module, &(struct dh_kmod_request){ .name = name });

	if (!is_valid_name(name))
		return -EINVAL;
	return job ? run_in_child(job, LOAD_SECONDS, log) : -errno;
}

#else

int dh_kmod_find(const char *name, const struct dh_log *log, struct dh_kmod *found)
{
	*found = (struct dh_kmod){ 0 };
	dh_note(log, "built without libkmod");
	return is_valid_name(name) ? -ELIBACC : -EINVAL;
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
