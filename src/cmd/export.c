// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export: which devices take a buffer, and how far they get with it.
 */
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "cmd/commands.h"
#include "cmd/groups.h"
#include "frame/answer.h"
#include "frame/wait.h"
#include "present/schemas.h"
#include "task/buffers.h"
#include "task/importers.h"

struct export_options {
	struct dh_buffer_request request;
	struct dh_inherited_fd fd;
	struct dh_wait hold;
	struct dh_framebuffer fb;
	bool has_fb;
	struct dh_words devices;
	bool show;
	const char *connector; /* of --show; NULL: the first that fits */
};

/* "a format of XR24, AR24, ...": static, since a usage error ends the process. */
static const char *known_formats(void)
{
	static char known[1024];

	for (size_t i = 0, used = 0; dh_pixel_format_at(i) && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 i ? ", " : "a format of ", dh_pixel_format_at(i)->fourcc);
	return known;
}

static const char *parse_fb(const char *text, void *field)
{
	switch (-dh_framebuffer_parse(text, field)) {
	case 0:
		return NULL;
	case ENOTSUP:
		return known_formats();
	case ERANGE:
		return "a picture whose rows and planes start below 4 GiB";
	default:
		return "WIDTHxHEIGHT:FORMAT[:MODIFIER], such as 1920x1080:XR24, with a modifier of "
		       "at most 64 bits";
	}
}

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 50, .help = "Where to export to:" },
	{ DH_OPTION_LIST, .name = "device", .argument = "DEVICE",
	  .field = DH_AT(struct export_options, devices),
	  .help = "a node such as /dev/dri/card0, driver:NAME, render or primary; repeatable "
		  "(all)" },
	{ DH_OPTION_PARSED, .name = "fb", .argument = "WIDTHxHEIGHT:FORMAT[:MODIFIER]",
	  .parse = parse_fb, .given = DH_AT(struct export_options, has_fb),
	  .field = DH_AT(struct export_options, fb),
	  .help = "also make a framebuffer: 1920x1080:XR24, 640x480:NV12:linear" },
	{ DH_OPTION_TEXT, .name = "show", .argument = "CONNECTOR", .optional = true,
	  .given = DH_AT(struct export_options, show),
	  .field = DH_AT(struct export_options, connector),
	  .help = "also show a test picture, on HDMI-A-1 or the like, or on the first that fits" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX])
{
	struct export_options *chosen = options;
	struct dh_buffer_request *request = &chosen->request;

	(void)env;
	(void)out;
	if (chosen->show && !chosen->has_fb)
		return "--show needs --fb, which says how large the picture is";
	if (chosen->fd.given && (request->heap || request->size))
		return "--fd stands for a buffer that is there; --heap and --size for a new one";
	if (chosen->fd.given)
		return NULL;
	if (!request->heap || !(request->size || chosen->has_fb))
		return "which buffer? --heap with --size or --fb makes one, --fd takes one";
	if (!request->size)
		request->size = chosen->fb.size;
	return NULL;
}

/* Draw only into a new buffer: an inherited one has the contents of another process. */
static void draw(const struct dh_env *env, const struct export_options *chosen,
		 const struct dh_buffers *buffers, const char *subject)
{
	int ret;

	if (!chosen->show || buffers->inherited)
		return;
	ret = dh_importers_draw(&chosen->fb, &buffers->facts[0]);
	if (ret < 0)
		dh_remark(env,
			  "%s: the CPU cannot draw into it (%s): it is shown as it is, without the "
			  "test picture",
			  subject, strerror(-ret));
}

static void remark_on_pictures(const struct dh_env *env, const struct dh_importers *importers)
{
	for (size_t i = 0; i < importers->n; i++) {
		const struct dh_importer *one = &importers->each[i];

		if (one->display.state)
			dh_remark(env, "%s: shown on %s at %u Hz", one->node->node,
				  one->display.connector, one->display.refresh);
	}
}

/* A picture is there to be looked at: showing without --hold waits for a key. */
static enum dh_status hold(const struct export_options *chosen,
			   const struct dh_importers *importers)
{
	struct dh_wait wait = chosen->hold;
	bool shown = false;

	for (size_t i = 0; i < importers->n; i++)
		shown = shown || importers->each[i].display.state;
	wait.wanted = wait.wanted || shown;
	return dh_wait(&wait, shown);
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
	char subject[DH_SUBJECT_MAX];
	enum dh_status status, verdict;

	status = dh_importers_find(env, &request, &importers);
	if (!status)
		status = dh_buffers_one(env, &chosen->request, &chosen->fd, &buffers);
	if (status)
		return status;
	dh_buffers_subject(&buffers, subject);
	draw(env, chosen, &buffers, subject);

	status = dh_importers_try(env, &request, &buffers.facts[0], &importers);
	if (status)
		return status;
	status = dh_answer(env, &DH_LIST(dh_schema_imports, importers.rows, importers.n_rows), 1);
	verdict = dh_importers_verdict(&request, &importers, subject);
	if (!status) {
		remark_on_pictures(env, &importers);
		status = hold(chosen, &importers);
	}
	status = dh_status_first(status, verdict);
	return dh_status_first(status, dh_importers_let_go(&importers));
}

const struct dh_command dh_command_export = {
	.name = "export",
	.help = "hand a buffer to DRM devices, down to a picture on a display",
	.doc = "Hand a buffer to DRM devices and say how far each of them got with it.\v"
	       "Stages, in order: open, capability, import, size, reexport, identity, framebuffer, "
	       "show. Status 0 only if every device took it. dmaheapctl-export(1) tells more.",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_descriptor_rows, offsetof(struct export_options, request) },
			{ dh_request_rows, offsetof(struct export_options, request) },
			{ dh_fd_rows, offsetof(struct export_options, fd) },
			{ dh_hold_rows, offsetof(struct export_options, hold) },
			{ 0 },
		},
	.size = sizeof(struct export_options),
	.check = check,
	.schema = &dh_schema_imports,
	.run = run,
};
