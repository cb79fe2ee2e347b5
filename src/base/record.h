/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses the line records that kernel/include/dmaheap_debug.h defines, and escapes their values. A
 * record is a word and "key=value" pairs, separated by single spaces.
 *
 * dh_record_next(), dh_record_pair(), dh_record_fields() and dh_record_parse() split the text in
 * place. The parsers return -EBADMSG for malformed text.
 */
#ifndef DH_BASE_RECORD_H
#define DH_BASE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"

/*
 * Reads the next line and advances `*text`. Returns 1 for a line, and sets `*word` and `*pairs`.
 * Returns 0 at the end of the text. Returns -EBADMSG if the line has no word or no newline, or if
 * no pair follows the space after the word.
 */
int dh_record_next(char **text, char **word, char **pairs);

/*
 * Reads the next pair and advances `*pairs`. Returns 1 for a pair, and sets `*key` and `*value`.
 * Returns 0 at the end of the line, or -EBADMSG for a malformed pair.
 */
int dh_record_pair(char **pairs, char **key, char **value);

/*
 * Parses a number without a sign: decimal, or lowercase hexadecimal with the prefix 0x. "-" stands
 * for an unknown number. Returns 0, or -EBADMSG for other text or a number that does not fit into
 * 64 bits. `*number` is unknown on failure.
 */
int dh_record_number(const char *value, struct dh_maybe *number);

/*
 * Checks the number "major" in the first line of `text`, a record whose word is `word`. Modifies
 * `text`. Returns 0; -EPROTO if the number is not `major`; or -EBADMSG if the record is malformed,
 * has another word, or lacks the number.
 */
int dh_record_version(char *text, const char *word, uint64_t major);

/*
 * Writes `line`, a command for a companion module, in one write(). Returns 0; -EIO if the write was
 * incomplete; or another -errno.
 */
int dh_record_write(int fd, const char *line);

/*
 * A key, and the destination of its value: either `number`, initially unknown, or `text`, initially
 * NULL. Neither changes if the record lacks the key. A text points into the record.
 */
struct dh_record_field {
	const char *key;
	struct dh_maybe *number;
	char **text;
};

/*
 * Parses pairs, and sets at most 64 `fields`. Skips keys that are not in `fields`. Returns 0, or
 * -EBADMSG if a pair or a number is malformed, a number is too large, or a key in `fields` occurs
 * twice.
 */
int dh_record_fields(char *pairs, const struct dh_record_field *fields, size_t n);

/*
 * Parses `line`, a record without its newline, as dh_record_fields() does. Also returns -EBADMSG if
 * its word is not `word`, or if no space follows the word.
 */
int dh_record_parse(char *line, const char *word, const struct dh_record_field *fields, size_t n);

/*
 * Reverses dh_record_escape() in place. Returns 0, or -EBADMSG for an unescaped byte that must be
 * escaped, a malformed escape or an escaped NUL.
 */
int dh_record_unescape(char *text);

/*
 * Returns a copy of `text` in which \xNN replaces the characters \ " = , : and all bytes up to 0x20
 * or from 0x7f on. The text "-" becomes \x2d, because "-" means absent. The caller frees the copy.
 * Returns NULL if out of memory.
 */
char *dh_record_escape(const char *text);

#endif
