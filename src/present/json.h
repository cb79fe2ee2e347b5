/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON output, with json-c.
 */
#ifndef DH_PRESENT_JSON_H
#define DH_PRESENT_JSON_H

#include <json-c/json.h>

#include "present/document.h"

/*
 * Implements dh_document_write() for DH_FORMAT_JSON. In text that is not UTF-8, each byte outside
 * ASCII is \xNN, because JSON requires UTF-8.
 */
int dh_json_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		  size_t n);

static inline void dh_auto_json(struct json_object **object)
{
	json_object_put(*object);
}

/*
 * Adds a member to an object, which takes ownership of `value` even on failure. `value` may be the
 * NULL of a failed allocation. Returns 0 or -ENOMEM.
 */
int dh_json_add(struct json_object *object, const char *key, struct json_object *value);

/* Adds a null member. Returns 0 or -ENOMEM. */
int dh_json_add_null(struct json_object *object, const char *key);

/*
 * Formats a document with `flags` of json-c. The document owns the text. Returns 0 or -ENOMEM.
 */
int dh_json_text(struct json_object *document, int flags, const char **text);

#endif
