// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export: import a buffer into DRM and V4L2 devices, stage by stage, and show it on a display.
 */
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/progress.h"
#include "cmd/commands.h"
#include "cmd/groups.h"
#include "frame/output.h"
#include "frame/wait.h"
#include "present/schemas.h"
#include "task/buffers.h"
#include "task/importers.h"

struct export_options {
	struct dh_buffer_request request;
	struct dh_existing_buffer existing;
	struct dh_words words; /* HEAP and SIZE */
	struct dh_wait hold;
	struct dh_framebuffer fb;
	bool has_fb;
	struct dh_words devices;
	bool show;
	const char *connector; /* argument of --show; NULL: first suitable connector */
};

/*
 * Returns "one of the formats XR24, AR24, ...". A static buffer is sufficient, because the process
 * exits after this usage error.
 */
static const char *list_formats(void)
{
	static char known[1024];

	for (size_t i = 0, used = 0; dh_pixel_format_at(i) && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 i ? ", " : "one of the formats ",
					 dh_pixel_format_at(i)->fourcc);
	return known;
}

static const char *parse_fb(const char *text, void *field)
{
	switch (-dh_framebuffer_parse(text, field)) {
	case 0:
		return NULL;
	case ENOTSUP:
		return list_formats();
	case ERANGE:
		return "a width and a height below 2^32, and a picture with pitches and plane "
		       "offsets below 4 GiB";
	default:
		return "WIDTHxHEIGHT:FORMAT[:MODIFIER], such as 1920x1080:XR24 (MODIFIER: linear "
		       "or a 64-bit number)";
	}
}

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 50, .help = "Import options:" },
	/* Keep the word "repeatable": the zsh completion searches the help text for it. */
	{ DH_OPTION_LIST, .name = "device", .argument = "DEVICE",
	  .field = DH_AT(struct export_options, devices),
	  .help = "import into DEVICE: a node such as /dev/dri/card0 or /dev/video0, an ID as "
		  "in column ID, driver:NAME, render, primary, accel, capture or output (default: "
		  "all DRM devices); repeatable" },
	{ DH_OPTION_PARSED, .name = "fb", .argument = "WIDTHxHEIGHT:FORMAT[:MODIFIER]",
	  .parse = parse_fb, .given = DH_AT(struct export_options, has_fb),
	  .field = DH_AT(struct export_options, fb),
	  .help = "also create a framebuffer, such as 1920x1080:XR24 or 640x480:NV12:linear" },
	{ DH_OPTION_TEXT, .name = "show", .argument = "CONNECTOR", .optional = true,
	  .given = DH_AT(struct export_options, show),
	  .field = DH_AT(struct export_options, connector),
	  .help = "also show the framebuffer on CONNECTOR, such as HDMI-A-1 (default: first "
		  "connector with a mode of the framebuffer's size)" },
	{ DH_OPTION_FLAG, .name = "write", .given = DH_AT(struct export_options, existing.write),
	  .help = "allow --show to draw into a buffer of another process (--pid)" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct export_options *chosen = options;
	struct dh_buffer_request *request = &chosen->request;
	const char *message = dh_existing_check(&chosen->existing, &chosen->words, request, out);

	(void)env;
	if (message)
		return message;
	if (chosen->existing.write && !chosen->show)
		return "--write requires --show";
	if (chosen->show && !chosen->has_fb)
		return "--show requires --fb";
	if (chosen->existing.fd.given || chosen->existing.pid)
		return NULL;
	if (!request->heap || !(request->size || chosen->has_fb))
		return "no buffer given: expected HEAP and SIZE, HEAP and --fb, or --fd or --pid "
		       "to use an existing one";
	if (!request->size)
		request->size = chosen->fb.size;
	return NULL;
}

/*
 * Draws the test picture if --show is given, but into an existing buffer only with --write, because
 * another process may rely on the contents.
 */
static void draw(const struct dh_env *env, const struct export_options *chosen,
		 const struct dh_buffers *buffers)
{
	int ret;

	if (!chosen->show || (!buffers->from.heap && !chosen->existing.write))
		return;
	ret = dh_importers_draw(&chosen->fb, &buffers->facts[0]);
	if (ret < 0 && ret != -EINTR)
		dh_remark(env, "%s: drawing the test picture: %s; continuing without it",
			  buffers->subject, strerror(-ret));
}

static void remark_displays(const struct dh_env *env, const struct dh_importers *importers)
{
	for (size_t i = 0; i < importers->n; i++) {
		const struct dh_importer *importer = &importers->each[i];

		if (importer->display.state)
			dh_remark(env, "%s: buffer shown on %s at %u Hz", importer->device->node,
				  importer->display.connector, importer->display.refresh);
	}
}

/*
 * Waits as --hold requests. If a display shows the buffer, waits even without --hold, and a key
 * also ends the wait.
 */
static enum dh_status hold(const struct dh_env *env, const struct export_options *chosen,
			   const struct dh_importers *importers)
{
	struct dh_wait wait = chosen->hold;
	bool shown = false;

	for (size_t i = 0; i < importers->n; i++)
		shown = shown || importers->each[i].display.state;
	wait.requested = wait.requested || shown;
	return dh_wait(env, &wait, shown);
}

static enum dh_status report(const struct dh_env *env, const struct dh_importers *importers)
{
	dh_auto(free) struct dh_import_row *rows = NULL;
	size_t n = 0;
	enum dh_status status = dh_importers_report(env, importers, &rows, &n);

	return status ? status : dh_output_print(env, &DH_LIST(dh_schema_imports, rows, n), 1);
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct export_options *chosen = options;
	dh_auto(buffers) struct dh_buffers buffers = { 0 };
	dh_auto(importers) struct dh_importers importers = { 0 };
	const struct dh_import_request request = {
		.devices = chosen->devices.each,
		.n_devices = chosen->devices.n,
		.fb = chosen->has_fb ? &chosen->fb : NULL,
		.show = chosen->show,
		.connector = chosen->connector,
	};
	enum dh_status status, verdict;

	status = dh_importers_find(env, &request, &importers);
	if (!status)
		status = dh_buffers_one(env, &chosen->request, &chosen->existing, &buffers);
	if (status)
		return status;
	draw(env, chosen, &buffers);

	dh_progress_begin("importing", "imports", importers.n, 0);
	status = dh_importers_import(env, &request, &buffers.facts[0], &importers);
	if (status && status != DH_EXIT_INTERRUPTED)
		return status;
	status = dh_status_first(status, report(env, &importers));
	verdict = dh_importers_verdict(&request, &importers, buffers.subject);
	if (!status) {
		remark_displays(env, &importers);
		status = hold(env, chosen, &importers);
	}
	status = dh_status_first(status, verdict);
	return dh_status_first(status, dh_importers_drop(&importers));
}

const struct dh_command dh_command_export = {
	.name = "export",
	.help = "import a buffer into DRM and V4L2 devices, or show a picture",
	.arguments = "[HEAP [SIZE]]",
	.doc = "Import a buffer into DRM and V4L2 devices, and report the result for each device. "
	       "With -v or --json, the report lists every stage.\v"
	       "Stages of DRM devices, in order: open, capability, import, size, reexport, "
	       "identity, framebuffer, show. Stages of V4L2 devices: open, querycap, size, "
	       "reqbufs, prepare. The status is 0 only if no stage fails. See "
	       "dmaheapctl-export(1).",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_descriptor_rows, offsetof(struct export_options, request) },
			{ dh_request_rows, offsetof(struct export_options, request) },
			{ dh_existing_rows, offsetof(struct export_options, existing) },
			{ dh_hold_rows, offsetof(struct export_options, hold) },
			{ 0 },
		},
	.interruptible = true,
	.size = sizeof(struct export_options),
	.operands = DH_AT(struct export_options, words),
	.check = check,
	.schema = &dh_schema_imports,
	.run = run,
};
