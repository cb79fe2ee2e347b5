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

/* Maximum size of a write to the files "control" and "client", in bytes. */
#define DMAHEAP_COMMAND_MAX 2048

/**
 * copy_command() - copy a command line from user space
 * @from: buffer of the write
 * @count: size of the write in bytes
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

/* Returns true if text_escape() escapes the byte. */
static inline bool text_needs_escape(unsigned char byte)
{
	return byte <= ' ' || byte >= 0x7f || strchr("\\\"=,:", byte);
}

#define TEXT_DIGITS "0123456789abcdef"

static inline int text_digit_value(char digit)
{
	static const char digits[] = TEXT_DIGITS;
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? found - digits : -EINVAL;
}

/*
 * Escapes a name as dmaheap_debug.h describes. The result can be four times as long as
 * @from, and is truncated if it does not fit into @size bytes. Returns the length of the
 * result in bytes.
 */
static inline size_t text_escape(char *to, size_t size, const char *from)
{
	bool absent = !strcmp(from, DMAHEAP_DEBUG_ABSENT);
	char *start = to, *end = to + size;

	for (; *from && end - to > 4; from++) {
		if (absent || text_needs_escape(*from)) {
			*to++ = '\\';
			*to++ = 'x';
			*to++ = TEXT_DIGITS[(unsigned char)*from >> 4];
			*to++ = TEXT_DIGITS[*from & 15];
		} else {
			*to++ = *from;
		}
	}
	*to = 0;
	return to - start;
}

/**
 * text_unescape() - replace the escapes of text_escape(), in place
 * @text: the escaped text
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
