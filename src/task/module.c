// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/module.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "dmaheap_debug.h"

#include "base/auto.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/discover.h"
#include "discover/holders.h"
#include "discover/kernel-config.h"
#include "discover/kernel-log.h"
#include "discover/modules.h"
#include "discover/open-nodes.h"
#include "model/holders.h"

/* Maximum number of users to print. Further users are only counted. */
#define PRINTED_MAX 10

/* Maximum number of kernel log messages to print for a load. */
#define LOG_LINES 12

/* LOG_WARNING of syslog(3); the kernel log uses the same severities. */
#define SEVERITY_WARNING 4

void dh_auto_modules(struct dh_modules *modules)
{
	for (size_t i = 0; i < modules->n; i++)
		dh_module_clear(&modules->each[i]);
}

/* Prints a message for an -errno from one of the functions in base/kmod.h or dh_module_read(). */
static enum dh_status fail(const struct dh_module *module, const char *operation, int error,
			   const char *hint)
{
	if (error == -ELIBACC)
#ifdef HAVE_LIBKMOD
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "modules: library libkmod.so.2 is missing or too old; install the "
			       "package libkmod2 (Debian) or kmod");
#else
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "modules: not supported (built without libkmod)");
#endif
	/* ENOENT: a symbol or the file is missing, although the module is known. */
	return dh_fail(error == -ENOENT ? DH_EXIT_ERROR : dh_status_of(error), error,
		       "module '%s': %s: %m%s%s", module->name, operation, hint ? "; " : "",
		       hint ? hint : "");
}

static enum dh_status read_module(const struct dh_env *env, struct dh_module *module)
{
	int ret = dh_module_read(&env->root, module);

	return ret ? fail(module, "querying libkmod", ret, dh_module_load_hint(ret)) : DH_EXIT_DONE;
}

/*
 * Sets the name of `module` to that of the module in `file`. Fails if `file` contains no companion
 * module, or if `module` already has another name. Returns a status; prints the error, if any.
 */
static enum dh_status identify_file(const struct dh_env *env, const char *file,
				    struct dh_module *module)
{
	struct dh_module other = { 0 };
	char name[DH_MODULE_NAME_MAX + 1];
	int ret = dh_kmod_file_name(file, &env->log, name);

	switch (ret) {
	case 0:
		break;
	case -ELIBACC:
		return fail(module, NULL, ret, NULL);
	case -EINVAL:
		return dh_fail(DH_EXIT_ERROR, 0, "module file '%s': not a regular file", file);
	case -ENOEXEC:
	case -ENOTRECOVERABLE:
		return dh_fail(DH_EXIT_ERROR, 0,
			       "module file '%s': reading the module name: not a kernel module, "
			       "or damaged",
			       file);
	case -ETIMEDOUT:
		return dh_fail(DH_EXIT_TIMEOUT, ret,
			       "module file '%s': reading the module name: %m (libkmod did not "
			       "finish in time; the file may be damaged)",
			       file);
	default:
		return dh_fail(dh_status_of(ret), ret, "module file '%s': %m", file);
	}

	if (dh_module_from_name(name, &other) && (!module->name || module->name == other.name)) {
		*module = other;
		return DH_EXIT_DONE;
	}
	return dh_fail(
		DH_EXIT_ERROR, 0, "module file '%s': contains module '%s', expected %s", file, name,
		module->name ? module->name : "dmaheap_debug, dmaheap_client or dmaheap_sim");
}

enum dh_status dh_modules_read(const struct dh_env *env, const char *name, const char *file,
			       struct dh_modules *modules)
{
	enum dh_status status = DH_EXIT_DONE;

	if (name && !dh_module_from_name(name, &modules->each[0]))
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "unknown module '%s': expected debug, client or sim", name);
	if (file)
		status = identify_file(env, file, &modules->each[0]);
	modules->n = 1;
	if (!name && !file)
		for (modules->n = 0; dh_module_alias(modules->n); modules->n++)
			dh_module_from_name(dh_module_alias(modules->n),
					    &modules->each[modules->n]);
	for (size_t i = 0; i < modules->n && !status; i++)
		status = read_module(env, &modules->each[i]);
	return status;
}

enum dh_status dh_modules_read_kernel(const struct dh_env *env, struct dh_module_kernel *kernel)
{
	int ret = dh_accessors_read(&env->root, kernel);

	if (ret)
		dh_remark(env, "kernel functions that drivers call to provide and use heaps: "
			  "availability unknown: reading /proc/kallsyms: %s",
			  dh_error_text(-ret));
	if (ret == -ENOENT || ret == -ENODATA || ret == -DH_NOT_MOUNTED)
		return DH_EXIT_DONE;
	return dh_status_of(ret);
}

/* --- Access to debugfs files -------------------------------------------------------- */

/* Start of the format of a message about a module. %s is the name of the module. */
#define SUBJECT "module '%s': "

/*
 * Prints an error and returns DH_EXIT_UNSUPPORTED if the kernel lacks the return probes that
 * dmaheap_debug uses. Otherwise, or if the kernel's configuration is unknown, returns DH_EXIT_DONE.
 */
static enum dh_status check_probes(const struct dh_env *env, const char *module)
{
	struct dh_kernel_config config;

	if (strcmp(module, DMAHEAP_DEBUG_MODULE) != 0)
		return DH_EXIT_DONE;
	dh_kernel_config_read(&env->root, &config);
	if (!*config.path || config.kretprobes)
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_UNSUPPORTED, 0,
		       SUBJECT "not supported by this kernel: CONFIG_KRETPROBES is not set in %s",
		       module, config.path);
}

enum dh_status dh_module_access_failed(const struct dh_env *env, const char *module, int major,
				       int error)
{
	const char *before = env->sysroot ? " before 'dmaheapctl record'" : "";
	struct dh_module named = { 0 };
	dh_auto(fd) int loaded = -1;
	enum dh_status status;
	char path[64];

	switch (-error) {
	case DH_NOT_MOUNTED:
		return dh_fail(DH_EXIT_ERROR, 0,
			       SUBJECT "state unknown: /sys is not mounted; run 'mount -t sysfs "
				       "none /sys' and 'mount -t debugfs none /sys/kernel/debug'%s",
			       module, before);
	case ENOENT:
		snprintf(path, sizeof(path), "module/%s", module);
		loaded = dh_file_open(env->root.sys, path, O_PATH);
		if (loaded >= 0)
			return dh_fail(DH_EXIT_UNSUPPORTED, 0,
				       SUBJECT
				       "loaded, but its debugfs files are missing ('dmaheapctl "
				       "%s' requires them); run 'mount -t debugfs none "
				       "/sys/kernel/debug'%s",
				       module, env->command, before);
		status = check_probes(env, module);
		if (status)
			return status;
		dh_module_from_name(module, &named);
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       SUBJECT "not loaded ('dmaheapctl %s' requires it); run 'dmaheapctl "
				       "module load %s'%s",
			       module, env->command, named.alias, before);
	case EACCES:
	case EPERM:
		return dh_fail(DH_EXIT_PERMISSION, error,
			       SUBJECT "opening debugfs files: %m (only root may access debugfs; "
				       "kernel lockdown denies writes)",
			       module);
	case EPROTO:
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       SUBJECT "unsupported interface version (expected %d); build the "
				       "module and dmaheapctl from the same sources",
			       module, major);
	case EBADMSG:
		return dh_fail(DH_EXIT_ERROR, 0, SUBJECT "parsing debugfs files: invalid format",
			       module);
	case EROFS:
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       SUBJECT "not available in a recorded system (--sysroot)", module);
	default:
		return dh_fail(dh_status_of(error), error, SUBJECT "accessing debugfs files: %m",
			       module);
	}
}

/* --- Load ----------------------------------------------------------------------- */

struct log_filter {
	const struct dh_env *env;
	const char *name;
	bool failed;
	int lines;
};

/* Prints a message of the kernel log if it concerns the loading of the module. */
static void print_message(void *data, int severity, const char *message)
{
	struct log_filter *filter = data;
	bool named = strstr(message, filter->name);

	/* After success, omit taint messages: an out-of-tree module always taints the kernel. */
	if (filter->failed ? !named && !strstr(message, "odule")
			   : !named || severity > SEVERITY_WARNING || strstr(message, "taint"))
		return;
	if (filter->lines++ < LOG_LINES)
		dh_remark(filter->env, "kernel: %s", message);
}

/*
 * Returns the quoted parameters, separated by blanks as init_module(2) expects, or NULL if memory
 * is exhausted. The caller frees the text.
 */
static char *join(const char *const *parameters, size_t n)
{
	dh_auto(stream) struct dh_stream joined = { 0 };

	if (dh_stream_open(&joined))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		dh_auto(free) char *quoted = NULL;

		if (dh_module_parameter_quote(parameters[i], &quoted))
			return NULL;
		fprintf(joined.file, "%s%s", i ? " " : "", quoted);
	}
	return dh_stream_close(&joined) ? NULL : dh_steal_ptr(joined.text);
}

static void remark_loaded(const struct dh_env *env, size_t n_parameters,
			  const struct dh_module *module)
{
	dh_remark(env, "module '%s': %s%s", module->name,
		  module->kmod.state == DH_MODULE_BUILTIN ? "built into the kernel"
							  : "already loaded",
		  n_parameters ? "; parameters unchanged" : "");
}

enum dh_status dh_modules_load(const struct dh_env *env, const char *file,
			       const char *const *parameters, size_t n_parameters,
			       struct dh_module *module)
{
	struct log_filter filter = { .env = env, .name = module->name };
	dh_auto(free) char *joined = join(parameters, n_parameters);
	dh_auto(fd) int log = -1;
	enum dh_status status = DH_EXIT_DONE;
	dh_auto(free) char *operation = NULL;
	int ret;

	if (!joined)
		return fail(module, "loading", -ENOMEM, NULL);
	if (module->kmod.state == DH_MODULE_LIVE || module->kmod.state == DH_MODULE_BUILTIN) {
		remark_loaded(env, n_parameters, module);
		return DH_EXIT_DONE;
	}
	if (!file && !*module->kmod.file) {
		status = check_probes(env, module->name);
		return status ? status
			      : dh_fail(DH_EXIT_NOT_FOUND, 0,
					SUBJECT "not found in the indexes of /lib/modules; run "
						"depmod(8) if the file is installed, or use --file",
					module->name);
	}

	log = dh_kernel_log_open(&env->root);
	ret = dh_kmod_load(&(struct dh_kmod_request){ .name = module->name,
						      .file = file,
						      .parameters = joined },
			   &env->log);
	filter.failed = ret && ret != -EEXIST;
	if (filter.failed) {
		operation = dh_text_format("loading '%s'", file ? file : module->kmod.file);
		status = fail(module, operation ? operation : "loading", ret,
			      dh_module_load_hint(ret));
	}
	if (log >= 0)
		dh_kernel_log_each(log, print_message, &filter);
	if (status)
		return status;
	status = read_module(env, module);
	/* -EEXIST means that another process loaded the module at the same time. */
	if (ret == -EEXIST && !status)
		remark_loaded(env, n_parameters, module);
	return status;
}

/* --- Users of the heaps of dmaheap_sim ------------------------------------------ */

struct users {
	const struct dh_env *env;
	const char *parameter;	   /* value of the parameter `heaps` of the module */
	struct dh_sim_heaps heaps; /* heaps that debugfs lists; empty if unknown */
	size_t n;		   /* number of users found */
};

static bool is_sim_heap(const struct users *users, const char *heap)
{
	for (size_t i = 0; i < users->heaps.n; i++)
		if (!strcmp(users->heaps.each[i].name, heap))
			return true;
	return dh_sim_has_heap(users->parameter, heap);
}

/* Counts a user. Returns true if the user is one of the first PRINTED_MAX, which are printed. */
static bool count_user(struct users *users)
{
	return users->n++ < PRINTED_MAX;
}

static void visit_open(void *data, const struct dh_open_node *node)
{
	struct users *users = data;

	/* The module of a removed heap is unknown, so print the users of all removed heaps. */
	if (!(node->removed || is_sim_heap(users, node->heap)) || !count_user(users))
		return;
	dh_remark(users->env, "heap '%s'%s: node is open in process %d (%s)", node->heap,
		  node->removed ? " (removed)" : "", (int)node->pid, node->process_name);
}

static void remark_buffer(const struct users *users, const struct dh_holder_row *row)
{
	const struct dh_held_buffer *buffer = row->buffer;
	char holder[256] = "only the kernel", size[DH_UNIT_MAX];

	if (row->process)
		snprintf(holder, sizeof(holder), "process %d (%s)", (int)row->process->pid,
			 row->process->name ? row->process->name : "");
	dh_remark(users->env, "heap '%s': %s holds buffer %" PRIu64 ", %s", buffer->exporter,
		  holder, buffer->inode,
		  buffer->size.known ? dh_format_size(buffer->size.value, size) : "size unknown");
}

/*
 * Prints the processes that have a node of dmaheap_sim or of a removed heap open. Returns true if
 * it could read the heaps and all of /proc.
 */
static bool explain_opens(struct users *users)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	struct dh_open_nodes_unread unread = { 0 };
	int ret = dh_discover(&users->env->root, DH_WANT_HEAPS, &inventory);

	if (!ret)
		ret = dh_open_nodes_each(&users->env->root, &inventory, visit_open, users, &unread);
	if (ret)
		dh_remark(users->env, "open nodes unknown: reading heaps or /proc: %s",
			  dh_error_text(-ret));
	if (unread.processes)
		dh_remark(users->env, "%zu unreadable %s may have a node open or hold a buffer",
			  unread.processes, unread.processes == 1 ? "process" : "processes");
	if (unread.hidden)
		dh_remark(
			users->env,
			"/proc hides processes (mount option hidepid), which may have a node open "
			"or hold a buffer");
	return !ret && !unread.processes && !unread.hidden;
}

/*
 * Prints the holders of the buffers that heaps of dmaheap_sim exported. Returns true if it read all
 * processes and the kernel's list of buffers.
 */
static bool explain_buffers(struct users *users)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	dh_auto(free) struct dh_holder_row *rows = NULL;
	const struct dh_holders_filter all = { 0 };
	struct dh_holders_summary summary;
	size_t n;
	int ret = dh_holders_read(&users->env->root, &holders);

	if (!ret)
		ret = dh_holders_rows(&holders, &all, false, &rows, &n, &summary);
	if (ret) {
		dh_remark(users->env, "holders unknown: reading /proc: %s", dh_error_text(-ret));
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (rows[i].buffer->exporter && is_sim_heap(users, rows[i].buffer->exporter) &&
		    count_user(users))
			remark_buffer(users, &rows[i]);
	if (!holders.listed)
		dh_remark(users->env,
			  "kernel-only buffers unknown: reading "
			  "/sys/kernel/debug/dma_buf/bufinfo: %s",
			  dh_error_text(-holders.list_error));
	return holders.listed && !dh_holders_incomplete(&holders);
}

void dh_module_users_remark(const struct dh_env *env, const struct dh_module *module)
{
	struct users users = { .env = env };
	char heaps[4097];
	bool complete;
	int unlisted;

	if (strcmp(module->alias, "sim") || env->quiet)
		return;
	if (dh_file_read(env->root.sys, "module/dmaheap_sim/parameters/heaps", heaps,
			 sizeof(heaps)) < 0)
		*heaps = '\0';
	users.parameter = heaps;
	unlisted = dh_sim_heaps_read(&env->root, &users.heaps);
	dh_note(&env->log, "sys/kernel/debug/dmaheap_sim/heaps: %s",
		unlisted ? dh_errno_name(-unlisted) : "read");
	complete = explain_opens(&users);
	complete = explain_buffers(&users) && complete;
	if (users.n > PRINTED_MAX)
		dh_remark(env, "users not shown: %zu", users.n - PRINTED_MAX);
	if (!users.n && complete)
		dh_remark(env,
			  "no process has a node open or holds a buffer of %s (a driver "
			  "may hold a reference); see 'dmaheapctl accounting --callers'",
			  unlisted ? "the heaps in the module parameters"
				   : "the heaps of the module");
	if (unlisted)
		dh_remark(env,
			  "heaps that the module parameters do not list: users unknown: reading "
			  "/sys/kernel/debug/dmaheap_sim/heaps: %s",
			  dh_error_text(-unlisted));
	dh_sim_heaps_clear(&users.heaps);
}

/* --- Unload --------------------------------------------------------------------- */

enum dh_status dh_modules_unload(const struct dh_env *env, struct dh_module *module)
{
	struct dh_module_kernel kernel = { 0 };
	char out[DH_MODULE_HINT_MAX];
	int ret = -ENOENT;
	enum dh_status status;
	const char *hint;
	bool busy;

	if (module->kmod.state == DH_MODULE_BUILTIN)
		return dh_fail(DH_EXIT_ERROR, 0, "module '%s': unloading: built into the kernel",
			       module->name);
	if (module->kmod.state == DH_MODULE_LIVE || module->kmod.state == DH_MODULE_UNKNOWN)
		ret = dh_kmod_unload(module->name, &env->log);
	if (ret == -ENOENT)
		dh_remark(env, "module '%s': not loaded", module->name);

	/* Read the module again: the hint below needs the current reference count. */
	status = read_module(env, module);
	if (!ret || ret == -ENOENT) {
		/* Without /sys, only the result of the system call shows the module's state. */
		if (module->kmod.state == DH_MODULE_UNKNOWN)
			module->kmod.state =
				*module->kmod.file ? DH_MODULE_LOADABLE : DH_MODULE_ABSENT;
		return status;
	}
	if (status)
		return status;
	busy = ret == -EAGAIN || ret == -EBUSY;
	if (busy)
		dh_modules_read_kernel(env, &kernel);
	hint = dh_module_unload_hint(ret, module, kernel.accessors[DH_ACCESSOR_REMOVE], out);
	status = fail(module, "unloading", ret, hint);
	if (busy)
		dh_module_users_remark(env, module);
	return status;
}
