// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/groups.h"

#include <string.h>

#include "frame/wait.h"
#include "model/buffer.h"

static const char *parse_heap(const char *text, void *field)
{
	*(const char **)field = text;
	return *text ? NULL : "the name of a heap or a class";
}

static const char *parse_label(const char *text, void *field)
{
	*(const char **)field = text;
	return strlen(text) < DH_BUFFER_NAME_MAX ? NULL : "at most 31 bytes";
}

const struct dh_option dh_request_rows[] = {
	{ DH_OPTION_HEADING, .group = 10, .help = "What to allocate:" },
	{ DH_OPTION_PARSED, .name = "heap", .argument = "HEAP", .parse = parse_heap,
	  .field = DH_AT(struct dh_buffer_request, heap),
	  .help = "heap to allocate from: its name, or a class (system, cma, protected, "
		  "carveout)" },
	{ DH_OPTION_SIZE, .name = "size", .argument = "SIZE",
	  .field = DH_AT(struct dh_buffer_request, size),
	  .help = "bytes of a buffer: 4096, 0x1000, 4K, 1M, 2GiB, 10MB" },
	{ DH_OPTION_COUNT, .name = "heap-flags", .argument = "NUMBER", .most = UINT64_MAX,
	  .field = DH_AT(struct dh_buffer_request, heap_flags), .wanted = "a 64-bit number",
	  .help = "heap flags, passed as given (0)" },
	{ DH_OPTION_FLAG, .name = "force", .given = DH_AT(struct dh_buffer_request, force),
	  .help = "ask the kernel for more than there seems to be" },
	{ 0 },
};

const struct dh_option dh_descriptor_rows[] = {
	{ DH_OPTION_FD_FLAGS, .name = "fd-flags", .argument = "FLAGS", .group = 10,
	  .field = DH_AT(struct dh_buffer_request, fd_flags), .initial = "rdwr,cloexec",
	  .help = "rdonly, wronly or rdwr, and cloexec, or a number (rdwr,cloexec)" },
	{ DH_OPTION_PARSED, .name = "name", .argument = "LABEL", .parse = parse_label,
	  .field = DH_AT(struct dh_buffer_request, label),
	  .help = "name of the buffer, up to 31 bytes" },
	{ 0 },
};

const struct dh_option dh_fd_rows[] = {
	{ DH_OPTION_HEADING, .group = 20, .help = "What to use instead of a new buffer:" },
	{ DH_OPTION_FD, .name = "fd", .argument = "N", .field = 1, /* the whole struct */
	  .help = "descriptor N, which was inherited" },
	{ 0 },
};

const struct dh_option dh_hold_rows[] = {
	{ DH_OPTION_HEADING, .group = 30, .help = "How long to keep it:" },
	{ DH_OPTION_DURATION, .name = "hold", .argument = "DURATION", .optional = true,
	  .given = DH_AT(struct dh_wait, wanted), .field = DH_AT(struct dh_wait, nanoseconds),
	  .least = 1,
	  .help = "keep it that long (10, 1.5s, 200ms, 5m); a signal, or the end of a standard "
		  "input that is a pipe or a socket, ends it sooner" },
	{ 0 },
};
