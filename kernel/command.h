/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies commands from user space, and escapes and unescapes names. dmaheap_debug and
 * dmaheap_client share this header.
 */
#ifndef DMAHEAP_COMMAND_H
#define DMAHEAP_COMMAND_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "include/dmaheap_debug.h"

/* Maximum size of a write to "control" of dmaheap_debug or "client" of dmaheap_client, in bytes. */
#define DMAHEAP_COMMAND_MAX 2048

/**
 * copy_command() - copy a command line from user space
 * @from: user-space buffer passed to write()
 * @count: size of the buffer in bytes
 *
 * The caller frees the line with kfree().
 *
 * Return: the line without its newline, or an error pointer: -E2BIG if @count is greater
 * than DMAHEAP_COMMAND_MAX, -EINVAL if the line contains a NUL byte, -EFAULT if @from cannot be
 * read, or -ENOMEM.
 */
static inline char *copy_command(const char __user *from, size_t count)
{
	char *line;

	if (count > DMAHEAP_COMMAND_MAX)
		return ERR_PTR(-E2BIG);
	line = memdup_user_nul(from, count);
	if (IS_ERR(line))
		return line;
	if (count && line[count - 1] == '\n')
		line[--count] = 0;
	if (strlen(line) != count) {
		kfree(line);
		return ERR_PTR(-EINVAL);
	}
	return line;
}

/* Returns true if dmaheap_debug.h requires @byte to be escaped in a name. */
static inline bool text_needs_escape(unsigned char byte)
{
	return byte <= ' ' || byte >= 0x7f || strchr("\\\"=,:", byte);
}

static inline int text_digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? found - digits : -EINVAL;
}

/* Maximum size of the output of text_escape_byte(), including the terminating NUL. */
#define TEXT_ESCAPE_SIZE 5

/*
 * Writes a byte of a name to @to, escaped as dmaheap_debug.h describes if the byte requires it or
 * if @always is true. Returns the length of the output, without the terminating NUL.
 */
static inline size_t text_escape_byte(char to[TEXT_ESCAPE_SIZE], unsigned char byte, bool always)
{
	if (always || text_needs_escape(byte))
		return scnprintf(to, TEXT_ESCAPE_SIZE, "\\x%02x", byte);
	to[0] = byte;
	to[1] = 0;
	return 1;
}

/*
 * Escapes a name. The result may be truncated if @size is less than 4 * strlen(from) + 1. Returns
 * the length of the result in bytes, without the terminating NUL.
 */
static inline size_t text_escape(char *to, size_t size, const char *from)
{
	bool absent = !strcmp(from, DMAHEAP_DEBUG_ABSENT);
	char *start = to, *end = to + size;

	*to = 0;
	for (; *from && end - to >= TEXT_ESCAPE_SIZE; from++)
		to += text_escape_byte(to, *from, absent);
	return to - start;
}

/**
 * text_unescape() - undo text_escape(), in place
 * @text: escaped text, replaced by the original text; undefined on failure
 *
 * Return: 0, or -EINVAL if a backslash does not begin a valid \xNN, or if NN is 00.
 */
static inline int text_unescape(char *text)
{
	char *to = text;
	int high, low;

	while (*text) {
		if (*text != '\\') {
			*to++ = *text++;
			continue;
		}
		if (text[1] != 'x')
			return -EINVAL;
		high = text_digit_value(text[2]);
		low = high < 0 ? high : text_digit_value(text[3]);
		if (low < 0 || !(high | low))
			return -EINVAL;
		*to++ = high << 4 | low;
		text += 4;
	}
	*to = 0;
	return 0;
}

#endif
