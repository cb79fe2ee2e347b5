// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export: which devices take a buffer, and how far they get with it.
 */
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/hold.h"
#include "cli/importers.h"
#include "cli/obtain.h"
#include "cli/options.h"
#include "cli/status.h"
#include "present/schemas.h"

struct export_options {
	struct dh_context *context;
	struct dh_new_options buffer;
	struct dh_fd_options fd;
	struct dh_hold_options hold;
	struct dh_framebuffer fb;
	bool has_fb;
	struct dh_words devices;
	bool show;
	const char *connector;
};

static void dh_auto_export_options(struct export_options *chosen)
{
	dh_auto_words(&chosen->devices);
}

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Where to export to:", 50 },
	{ "device", DH_KEY_DEVICE, "DEVICE", 0,
	  "a node such as /dev/dri/card0, driver:NAME, render or primary; repeatable (all)", 0 },
	{ "fb", DH_KEY_FB, "WIDTHxHEIGHT:FORMAT[:MODIFIER]", 0,
	  "also make a framebuffer: 1920x1080:XR24, 640x480:NV12:linear", 0 },
	{ "show", DH_KEY_SHOW, "CONNECTOR", OPTION_ARG_OPTIONAL,
	  "also show a test picture, on HDMI-A-1 or the like, or on the first that fits", 0 },
	{ 0 },
};

static void reject_fb(struct argp_state *state, const char *arg, int error)
{
	char known[1024] = "";

	if (error == -ENOTSUP) {
		for (size_t i = 0, used = 0; dh_pixel_format_at(i) && used < sizeof(known); i++)
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 i ? ", " : "a format of ",
						 dh_pixel_format_at(i)->fourcc);
		dh_options_reject(state, "--fb", arg, known);
	} else if (error == -ERANGE) {
		dh_options_reject(state, "--fb", arg,
				  "a picture whose rows and planes start below 4 GiB");
	} else {
		dh_options_reject(state, "--fb", arg,
				  "WIDTHxHEIGHT:FORMAT[:MODIFIER], such as 1920x1080:XR24, with "
				  "a modifier of at most 64 bits");
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct export_options *chosen = state->input;
	int r;

	switch (key) {
	case ARGP_KEY_INIT:
		dh_options_groups(state, &chosen->buffer, &chosen->fd, &chosen->hold,
				  chosen->context);
		return 0;
	case DH_KEY_DEVICE:
		return dh_words_add(&chosen->devices, arg);
	case DH_KEY_FB:
		r = dh_framebuffer_parse(arg, &chosen->fb);
		if (r < 0)
			reject_fb(state, arg, r);
		chosen->has_fb = true;
		return 0;
	case DH_KEY_SHOW:
		chosen->show = true;
		chosen->connector = arg;
		return 0;
	case ARGP_KEY_END:
		if (chosen->show && !chosen->has_fb)
			argp_error(state, "--show needs --fb, which says how large the picture is");
		if (chosen->fd.fd >= 0 && (chosen->buffer.heap || chosen->buffer.size))
			argp_error(state, "--fd stands for a buffer that is there; --heap and "
					  "--size for a new one");
		if (chosen->fd.fd < 0 &&
		    (!chosen->buffer.heap || !(chosen->buffer.size || chosen->has_fb)))
			argp_error(state,
				   "which buffer? --heap with --size or --fb makes one, --fd "
				   "takes one");
		if (chosen->fd.fd < 0 && !chosen->buffer.size)
			chosen->buffer.size = chosen->fb.size;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { .argp = &dh_new_argp },
						 { .argp = &dh_fd_argp },
						 { .argp = &dh_hold_argp },
						 { .argp = &dh_print_argp },
						 { 0 } },
	.doc = "Hand a buffer to DRM devices and say how far each of them got with it.\v"
	       "Stages, in order: open, capability, import, size, reexport, identity, framebuffer, "
	       "show. Status 0 only if every device took it. dmaheapctl-export(1) tells more.",
};

/* Only a new buffer is drawn into: what stands in somebody's own is theirs. */
static void draw(const struct dh_context *context, const struct export_options *chosen,
		 const struct dh_obtained *obtained, const char *subject)
{
	int r;

	if (!chosen->show || obtained->inherited)
		return;
	r = dh_importers_draw(&chosen->fb, &obtained->facts[0]);
	if (r < 0)
		dh_remark(context,
			  "%s: the CPU cannot draw into it (%s): it is shown as it is, without the "
			  "test picture",
			  subject, strerror(-r));
}

static int report(const struct dh_context *context, const struct dh_importers *importers)
{
	return dh_command_write(context,
				&DH_LIST(dh_schema_imports, importers->rows, importers->n_rows), 1);
}

static void say_shown(const struct dh_context *context, const struct dh_importers *importers)
{
	for (size_t i = 0; i < importers->n; i++) {
		const struct dh_importer *one = &importers->each[i];

		if (one->display.state)
			dh_remark(context, "%s: shown on %s at %u Hz", one->node->node,
				  one->display.connector, one->display.refresh);
	}
}

/* A picture is there to be looked at: showing without --hold waits for a key. */
static int hold(const struct export_options *chosen, const struct dh_importers *importers)
{
	struct dh_hold_options wait = chosen->hold;
	bool shown = false;

	for (size_t i = 0; i < importers->n; i++)
		shown = shown || importers->each[i].display.state;
	wait.hold = wait.hold || shown;
	return dh_hold(&wait, shown);
}

static int export_buffer(struct dh_context *context, const struct export_options *chosen)
{
	dh_auto(obtained) struct dh_obtained obtained = { 0 };
	dh_auto(importers) struct dh_importers importers = { 0 };
	struct dh_import_wishes wishes = {
		.devices = chosen->devices.each,
		.n_devices = chosen->devices.n,
		.fb = chosen->has_fb ? &chosen->fb : NULL,
		.show = chosen->show,
		.connector = chosen->connector,
	};
	char subject[160];
	int verdict, status;

	status = dh_importers_find(context, &wishes, &importers);
	if (status)
		return status;
	status = dh_obtain_one(context, &chosen->buffer, &chosen->fd, &obtained);
	if (status)
		return status;
	dh_obtained_subject(&obtained, subject);
	draw(context, chosen, &obtained, subject);

	status = dh_importers_try(context, &wishes, &obtained.facts[0], &importers);
	if (status)
		return status;
	status = report(context, &importers);
	verdict = dh_importers_verdict(&wishes, &importers, subject);
	if (!status) {
		say_shown(context, &importers);
		status = hold(chosen, &importers);
	}
	if (!status)
		status = verdict;
	verdict = dh_importers_let_go(&importers);
	return status ? status : verdict;
}

static int run(struct dh_context *context, int argc, char **argv)
{
	dh_auto(export_options) struct export_options chosen = { .context = context };
	int status = dh_command_begin(context, &dh_command_export, argc, argv, &chosen);

	if (!status)
		status = export_buffer(context, &chosen);
	return status;
}

const struct dh_command dh_command_export = {
	.name = "export",
	.help = "hand a buffer to DRM devices, down to a picture on a display",
	.argp = &argp,
	.schema = &dh_schema_imports,
	.run = run,
};
