/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of the line records that kernel/include/dmaheap_debug.h defines: a word, then
 * "key=value" pairs, separated by single spaces.
 *
 * The functions split the text in place and return -EBADMSG for malformed text.
 */
#ifndef DH_BASE_RECORD_H
#define DH_BASE_RECORD_H

#include <stddef.h>

#include "base/maybe.h"

/*
 * Reads the next line and advances `*text`. Returns 1 and sets `*word` and `*pairs`; 0 at the
 * end of the text; -EBADMSG if the line has no word or no newline.
 */
int dh_record_next(char **text, char **word, char **pairs);

/* Reads the next pair and advances `*pairs`. Returns 1, 0 at the end, or -EBADMSG. */
int dh_record_pair(char **pairs, char **key, char **value);

/*
 * Parses a decimal or 0x number without a sign; "-" is an unknown number. Returns 0, -EBADMSG,
 * or -ERANGE if it does not fit into 64 bits.
 */
int dh_record_number(const char *value, struct dh_maybe *number);

/*
 * Reverses dh_record_escape() in place. Returns 0, or -EBADMSG for a byte that must be escaped,
 * a malformed escape, and an escaped NUL.
 */
int dh_record_unescape(char *text);

/*
 * Returns a copy in which bytes up to 0x20, bytes from 0x7f, and each of \ " = , : are \xNN.
 * The text "-" becomes \x2d, since "-" means absent. The caller frees the copy. Returns NULL
 * when memory is short.
 */
char *dh_record_escape(const char *text);

#endif
