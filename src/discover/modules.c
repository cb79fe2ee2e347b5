// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/modules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/stream.h"
#include "base/text.h"

/* What a value in sysfs can have: a page of it. */
#define VALUE_MAX 4097

struct values {
	const struct dh_root *root;
	const char *folder;
	struct dh_stream text;
	bool any;
};

/* A value that the kernel could not take again, since it has a quote, is shown as it is. */
static int add_value(void *data, const char *name)
{
	struct values *values = data;
	dh_auto(free) char *pair = NULL;
	dh_auto(free) char *quoted = NULL;
	char path[320], value[VALUE_MAX];

	snprintf(path, sizeof(path), "%s/%s", values->folder, name);
	if (dh_file_read(values->root->sys, path, value, sizeof(value)) < 0)
		return 0;
	pair = dh_text_format("%s=%s", name, value);
	if (!pair)
		return -ENOMEM;
	if (dh_module_parameter_quote(pair, &quoted) == -ENOMEM)
		return -ENOMEM;
	fprintf(values->text.file, "%s%s", values->any ? " " : "", quoted ? quoted : pair);
	values->any = true;
	return 0;
}

static int read_parameters(const struct dh_root *root, struct dh_module *module)
{
	char folder[96];
	struct values values = { .root = root, .folder = folder };
	int ret;

	snprintf(folder, sizeof(folder), "module/%s/parameters", module->name);
	ret = dh_stream_open(&values.text);
	if (!ret)
		ret = dh_dir_each(root->sys, folder, add_value, &values);
	if (dh_stream_close(&values.text))
		ret = -ENOMEM;
	module->parameters = dh_steal_ptr(values.text.text);
	/* A module without parameters has no such folder. */
	return ret == -ENOMEM ? ret : 0;
}

int dh_module_read(const struct dh_root *root, struct dh_module *module)
{
	const struct dh_kmod *kmod = &module->kmod;
	char path[96], version[256];
	int ret;

	dh_module_clear(module);
	ret = dh_kmod_find(module->name, root->log, &module->kmod);
	dh_note(root->log, "module %s: %s", module->name,
		ret ? strerror(-ret) : dh_module_state_name(kmod->state));
	if (ret || (kmod->state != DH_MODULE_LIVE && kmod->state != DH_MODULE_BUILTIN))
		return ret;

	snprintf(path, sizeof(path), "module/%s/version", module->name);
	if (dh_file_read(root->sys, path, version, sizeof(version)) >= 0 &&
	    dh_text_copy(&module->version, version))
		return -ENOMEM;
	return read_parameters(root, module);
}
