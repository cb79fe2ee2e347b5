// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library for LD_PRELOAD. It makes allocation number $FAIL_AT of the program fail (the first is
 * 1), and writes the number of allocations to the file $FAIL_COUNT at exit. If an allocation fails
 * while json-c parses or formats text, json-c ignores the failure or crashes. dmaheapctl therefore
 * checks the available memory first. During these calls to json-c, this library counts the
 * allocations but does not make them fail.
 */
#include <dlfcn.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static long count, fails_at;
static int in_json;

static int fails(void)
{
	if (++count != fails_at || in_json)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

#define WITHOUT_FAILURES(type, function, parameters, arguments) \
	type function parameters                                \
	{                                                       \
		type(*real) parameters = NULL;                  \
		void *symbol = dlsym(RTLD_NEXT, #function);     \
		type result;                                    \
		memcpy(&real, &symbol, sizeof(real));           \
		in_json = 1;                                    \
		result = real arguments;                        \
		in_json = 0;                                    \
		return result;                                  \
	}

WITHOUT_FAILURES(const char *, json_object_to_json_string_ext,
		 (struct json_object * object, int flags), (object, flags))
WITHOUT_FAILURES(struct json_object *, json_tokener_parse_ex,
		 (struct json_tokener * tokener, const char *text, int length),
		 (tokener, text, length))

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_AT");

	fails_at = at ? strtol(at, NULL, 10) : 0;
	count = 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *name = getenv("FAIL_COUNT");
	long total = count;
	FILE *out;

	fails_at = 0;
	out = name ? fopen(name, "w") : NULL;
	if (!out)
		return;
	fprintf(out, "%ld\n", total);
	fclose(out);
}
