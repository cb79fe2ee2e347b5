/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of one line, a word and then "key=value" pairs, each after one space:
 * what kernel/include/dmaheap_debug.h describes.
 *
 * Text is taken apart in place. Whatever is not of the form is -EBADMSG.
 */
#ifndef DH_BASE_RECORD_H
#define DH_BASE_RECORD_H

#include <stddef.h>

#include "base/maybe.h"

/*
 * Takes the next line off `*text`. 1 and its word, with its pairs in `*pairs`; 0 at the
 * end; -EBADMSG where a line has no word, or the last one no end.
 */
int dh_record_next(char **text, char **word, char **pairs);

/* Takes the next pair off `*pairs`. 1, 0 at the end, or -EBADMSG. */
int dh_record_pair(char **pairs, char **key, char **value);

/* A number, decimal or 0x, without a sign; "-" is unknown. 0, -EBADMSG or -ERANGE. */
int dh_record_number(const char *value, struct dh_maybe *number);

/*
 * Undoes dh_record_escape() in place. 0; -EBADMSG for a byte that ought to have been
 * escaped, an escape of no known form, and one that stands for NUL.
 */
int dh_record_unescape(char *text);

/*
 * A copy with every byte up to 0x20 or from 0x7f on, and each of \ " = , : as \xNN; a text
 * that is just "-" becomes \x2d. The caller frees it. NULL without memory.
 */
char *dh_record_escape(const char *text);

#endif
