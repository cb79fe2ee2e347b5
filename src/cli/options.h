/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options that several commands share, each group an argp child with its own struct.
 *
 * A command lists the groups it takes in its argp's children and hands each its
 * struct in ARGP_KEY_INIT (dh_options_groups()). Every key of every option stands in
 * enum dh_key, once.
 */
#ifndef DH_CLI_OPTIONS_H
#define DH_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/pattern.h"
#include "cli/command.h"

/* Letters are keys of their own; these have no letter. */
enum dh_key {
	DH_KEY_JSON = 0x100,
	DH_KEY_RAW,
	DH_KEY_NO_HEADINGS,
	DH_KEY_SYSROOT,
	DH_KEY_HEAP,
	DH_KEY_SIZE,
	DH_KEY_NAME,
	DH_KEY_COUNT,
	DH_KEY_FD_FLAGS,
	DH_KEY_HEAP_FLAGS,
	DH_KEY_FORCE,
	DH_KEY_FD,
	DH_KEY_HOLD,
	DH_KEY_SUMMARY,
	DH_KEY_MAP,
	DH_KEY_EXPORT,
	DH_KEY_FILL,
	DH_KEY_VERIFY,
	DH_KEY_NO_SYNC,
	DH_KEY_DUMP,
	DH_KEY_LOAD,
	DH_KEY_SAVE,
	DH_KEY_PASSES,
	DH_KEY_EXPECT_UNMAPPABLE,
	DH_KEY_DEVICE,
	DH_KEY_FB,
	DH_KEY_SHOW,
	DH_KEY_PID,
	DH_KEY_INODE,
	DH_KEY_BY,
	DH_KEY_FILE,
	DH_KEY_CALLERS,
	DH_KEY_SINCE,
	DH_KEY_RESET,
	DH_KEY_SETTLE,
	DH_KEY_WATCH,
	DH_KEY_DMA_MASK,
	DH_KEY_VMAP,
	DH_KEY_FOR,
	DH_KEY_LIST_COMMANDS,
	DH_KEY_LIST_OPTIONS,
	DH_KEY_LIST_COLUMNS,
};

/* How to print: --json --raw -o --no-headings -q -v. Input: struct dh_context. */
extern const struct argp dh_print_argp;

/* The same and where to look, --sysroot: for what also goes for a recorded system. */
extern const struct argp dh_view_argp;

/* What to allocate: --heap --size --fd-flags --heap-flags --name --force. */
struct dh_new_options {
	const char *heap;  /* a name or a class; NULL: not given */
	uint64_t size;	   /* 0: not given */
	uint32_t fd_flags; /* O_RDWR | O_CLOEXEC unless given */
	uint64_t heap_flags;
	const char *label; /* --name, or NULL; shorter than DH_BUFFER_NAME_MAX */
	bool force;
};
extern const struct argp dh_new_argp;

/* Those of them that also go for an allocation within the kernel: --heap --size --heap-flags
 * --force. */
extern const struct argp dh_request_argp;

/* A buffer that is there already: --fd N, beside dh_new_argp. */
struct dh_fd_options {
	int fd; /* -1: not given */
	bool open; /* it was when it was named, before the tool opened anything */
};
extern const struct argp dh_fd_argp;

/* How long to keep buffers: --hold[=DURATION]. */
struct dh_hold_options {
	bool hold;
	uint64_t nanoseconds; /* 0: until a signal or the end of a piped stdin */
};
extern const struct argp dh_hold_argp;

/* What to write and look for: --fill PATTERN, --verify[=PATTERN], --no-sync. */
struct dh_fill_options {
	bool fill;
	bool verify;
	bool no_sync;
	bool has_wanted;	   /* --verify named a pattern of its own */
	struct dh_pattern pattern; /* what --fill writes */
	struct dh_pattern wanted;  /* what --verify looks for: its own, or that of --fill */
};
extern const struct argp dh_fill_argp;

/* Words of the command line: the list is owned, the words are argv's. */
struct dh_words {
	const char **each;
	size_t n;
};

/* 0 or ENOMEM, as argp's parsers answer. */
error_t dh_words_add(struct dh_words *words, const char *word);

static inline void dh_auto_words(struct dh_words *words)
{
	free(words->each);
}

/*
 * Parses with one usage policy for every command: ends with DH_EXIT_USAGE where the
 * arguments are wrong. `flags` are argp_parse()'s.
 */
void dh_options_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
		      void *input);

/* For ARGP_KEY_INIT: hands each of the argp's children its struct, all of them, in their order. */
#define dh_options_groups(state, ...)                                   \
	memcpy((state)->child_inputs, ((void *const[]){ __VA_ARGS__ }), \
	       sizeof((void *const[]){ __VA_ARGS__ }))

/*
 * For ARGP_KEY_ARG of a command with `in_order`: is it behind the dashes? Then it and all
 * that follows are `*command`, in argv and ended by NULL.
 */
bool dh_options_take_command(struct argp_state *state, char ***command);

/* A usage error where `name`, given for that of a heap or of a class, is empty. */
void dh_options_check_heap(struct argp_state *state, const char *name);

/* The argument of an option that takes nanoseconds above zero; a usage error if it is none. */
void dh_options_duration(struct argp_state *state, const char *option, const char *arg,
			 uint64_t *nanoseconds);

/* Ends with a usage error that names the option and what it was given. For use in parsers. */
void dh_options_reject(struct argp_state *state, const char *option, const char *value,
		       const char *wanted);

#endif
