// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/operands.h"

#include <string.h>

#include "base/units.h"

const char *dh_heap_operand(const char *text)
{
	static const char directory[] = "/dev/dma_heap/";

	return strncmp(text, directory, strlen(directory)) ? text : text + strlen(directory);
}

void dh_heap_words(struct dh_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		words->each[i] = dh_heap_operand(words->each[i]);
}

const char *dh_duration_operand(const struct dh_words *words)
{
	uint64_t nanoseconds;

	for (size_t i = 0; i < words->n; i++)
		if (!dh_parse_duration(words->each[i], &nanoseconds))
			return words->each[i];
	return NULL;
}
