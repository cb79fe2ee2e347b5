/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections for programs, written by json-c.
 */
#ifndef DH_PRESENT_JSON_H
#define DH_PRESENT_JSON_H

#include <json-c/json.h>

#include "present/document.h"

/*
 * Contract as dh_document_write(), for DH_FORMAT_JSON. Text that is not UTF-8 is given
 * with every byte outside ASCII as \xNN, since JSON cannot hold it.
 */
int dh_json_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		  size_t n);

static inline void dh_auto_json(struct json_object **object)
{
	json_object_put(*object);
}

/*
 * Adds `value` under `key`, and owns it whatever happens; a NULL one is one that there was
 * no memory for. 0 or -ENOMEM.
 */
int dh_json_add(struct json_object *object, const char *key, struct json_object *value);

/* The whole document as text, which belongs to it. `flags` are json-c's. 0 or -ENOMEM. */
int dh_json_text(struct json_object *document, int flags, const char **text);

#endif
