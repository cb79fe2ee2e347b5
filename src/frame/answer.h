/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing what a command answers.
 */
#ifndef DH_FRAME_ANSWER_H
#define DH_FRAME_ANSWER_H

#include <stdio.h>

#include "frame/env.h"
#include "frame/message.h"
#include "present/document.h"

struct dh_answer {
	FILE *out;
	struct dh_style style;
	const struct dh_section *sections;
	size_t n;
};

/* Writes it in one piece and flushes. Returns DH_EXIT_DONE or a status, having said why. */
enum dh_status dh_answer_write(const struct dh_answer *answer);

/* The same to standard output, in the form that the options ask for. */
enum dh_status dh_answer(const struct dh_env *env, const struct dh_section *sections, size_t n);

#endif
