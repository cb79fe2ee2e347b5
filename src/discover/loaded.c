// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/loaded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* What a value in sysfs can have: a page of it. */
#define VALUE_MAX 4097

static int keep(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	return *to ? 0 : -ENOMEM;
}

/* Takes the text of sys/module/NAME/WHAT over. 0, also where there is none; -ENOMEM. */
static int keep_file(const struct dh_root *root, const char *folder, const char *what, char **to)
{
	char path[256], text[VALUE_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, what);
	if (dh_file_read(root->sys, path, text, sizeof(text)) < 0)
		return 0;
	return keep(to, text);
}

struct live {
	const struct dh_root *root;
	struct dh_module *module;
	const char *folder;
};

static int add_parameter(void *data, const char *name)
{
	struct live *live = data;
	struct dh_module_parameter *parameter = dh_module_parameter_add(live->module, name);
	char what[192];

	if (!parameter)
		return -ENOMEM;
	snprintf(what, sizeof(what), "parameters/%s", name);
	return keep_file(live->root, live->folder, what, &parameter->value);
}

static int add_holder(void *data, const char *name)
{
	char **holders = &((struct live *)data)->module->holders;
	char *more;

	if (asprintf(&more, "%s%s%s", *holders, **holders ? "," : "", name) < 0)
		return -ENOMEM;
	free(*holders);
	*holders = more;
	return 0;
}

/* A folder that is not there has no entries. */
static int each(const struct dh_root *root, const char *folder, const char *what,
		int (*visit)(void *data, const char *name), struct live *live)
{
	char path[256];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", folder, what);
	ret = dh_folder_each(root->sys, path, visit, live);
	return ret == -ENOMEM ? ret : 0;
}

int dh_loaded_read(const struct dh_root *root, struct dh_module *module)
{
	char folder[96], path[128], text[32];
	struct live live = { .root = root, .module = module, .folder = folder };
	dh_auto(fd) int fd = -1;
	uint64_t refs;
	int ret;

	module->state = DH_MODULE_UNKNOWN;
	snprintf(folder, sizeof(folder), "module/%s", module->name);
	fd = dh_file_open(root->sys, folder, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return 0;

	/* Parts of the kernel have a folder, too, but were never initialised as modules. */
	snprintf(path, sizeof(path), "%s/initstate", folder);
	ret = (int)dh_file_read(root->sys, path, text, sizeof(text));
	module->state = ret < 0 ? DH_MODULE_BUILTIN : DH_MODULE_LIVE;
	dh_note(root->log, "/sys/%s: %s", folder, ret < 0 ? "built into the kernel" : text);

	ret = keep_file(root, folder, "version", &module->version);
	ret = ret ? ret : keep_file(root, folder, "srcversion", &module->srcversion);
	ret = ret ? ret : each(root, folder, "parameters", add_parameter, &live);
	ret = ret ? ret : dh_module_join_values(module);
	if (ret || module->state == DH_MODULE_BUILTIN)
		return ret;

	ret = keep_file(root, folder, "taint", &module->taint);
	ret = ret ? ret : keep(&module->holders, "");
	ret = ret ? ret : each(root, folder, "holders", add_holder, &live);
	snprintf(path, sizeof(path), "%s/refcnt", folder);
	if (!dh_file_read_u64(root->sys, path, 10, &refs))
		module->refs = dh_known(refs);
	return ret;
}
