/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What writing and reading of saved snapshots share: the inner part of present/snapshot.h.
 */
#ifndef DH_PRESENT_SNAPSHOT_FILE_H
#define DH_PRESENT_SNAPSHOT_FILE_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

/* Of the file: raised when a key changes its meaning or goes away, or is added and needed. */
#define DH_SNAPSHOT_SCHEMA     2

/* json-c reads what is larger as this, and so is a figure of this size as good as unknown. */
#define DH_SNAPSHOT_NUMBER_MAX INT64_MAX

/* Members of struct dh_snapshot that are a bool each. */
struct dh_snapshot_truth {
	const char *key;
	size_t at; /* offset */
};

extern const struct dh_snapshot_truth dh_snapshot_truths[];
extern const size_t dh_snapshot_n_truths;

static inline void dh_auto_json(struct json_object **object)
{
	json_object_put(*object);
}

#endif
