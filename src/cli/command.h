/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command is, and what every command is given.
 */
#ifndef DH_CLI_COMMAND_H
#define DH_CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/root.h"
#include "present/document.h"

struct dh_context {
	struct dh_root root; /* opened by dh_command_begin() */
	struct dh_log log;
	struct dh_style style;
	FILE *out;	     /* where the answer goes: stdout, unless a command owns that */
	const char *sysroot; /* NULL: the running system */
	bool quiet;	     /* -q: no remarks on stderr, only errors */
	bool verbose;	     /* -v: say which sources were read */
};

struct dh_command {
	const char *name;
	const char *help; /* one line, for the list of commands */
	const struct argp *argp;
	bool in_order; /* what stands before the dashes is told from what is behind */
	const struct dh_schema *schema; /* of the rows it shows, for --list-columns; may be NULL */
	/* argv[0] is "dmaheapctl NAME"; returns an exit status. */
	int (*run)(struct dh_context *context, int argc, char **argv);
};

extern const struct dh_command dh_command_accounting;
extern const struct dh_command dh_command_alloc;
extern const struct dh_command dh_command_export;
extern const struct dh_command dh_command_holders;
extern const struct dh_command dh_command_inspect;
extern const struct dh_command dh_command_kernel;
extern const struct dh_command dh_command_list;
extern const struct dh_command dh_command_map;
extern const struct dh_command dh_command_module;

/* Every command there is, ended by NULL. */
extern const struct dh_command *const dh_commands[];

const struct dh_command *dh_command_find(const char *name);

/*
 * Parses the arguments into `chosen`, the input of the command's argp, checks -o against
 * the schema and opens the root. Returns 0 or an exit status, having said why; ends the
 * process where the arguments are wrong.
 */
int dh_command_begin(struct dh_context *context, const struct dh_command *command, int argc,
		     char **argv, void *chosen);

/* Writes the document to context->out and flushes it. Returns 0 or an exit status, having said
 * why.
 */
int dh_command_write(const struct dh_context *context, const struct dh_section *sections, size_t n);

/* A remark on stderr, left out by -q: one sentence without a full stop or newline. */
__attribute__((format(printf, 2, 3))) void dh_remark(const struct dh_context *context,
						     const char *format, ...);

#endif
