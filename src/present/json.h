/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON with json-c.
 */
#ifndef DH_PRESENT_JSON_H
#define DH_PRESENT_JSON_H

#include <json-c/json.h>

#include "present/document.h"

static inline void dh_auto_json(struct json_object **object)
{
	json_object_put(*object);
}

/*
 * Adds a member to an object. Takes ownership of `value`, even on failure. A NULL `value` means
 * that its allocation failed. Returns 0 or -ENOMEM.
 */
int dh_json_add(struct json_object *object, const char *key, struct json_object *value);

/* Appends to an array. Takes ownership of `value` as dh_json_add() does. Returns 0 or -ENOMEM. */
int dh_json_append(struct json_object *array, struct json_object *value);

/* Adds a null member. Returns 0 or -ENOMEM. */
int dh_json_add_null(struct json_object *object, const char *key);

/*
 * Formats a document with `flags` (JSON_C_TO_STRING_...). Sets `*text` to the text, which the
 * document owns. Returns 0 or -ENOMEM.
 */
int dh_json_text(struct json_object *document, int flags, const char **text);

#endif
