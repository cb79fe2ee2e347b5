// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Defines the function that libFuzzer calls for each input. The function calls the target that the
 * macro DH_FUZZ names.
 */
#include <stdint.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_target *target;

	if (!target) {
		target = fuzz_targets;
		while (target->name && strcmp(target->name, DH_FUZZ))
			target++;
	}
	need(target->name != NULL);
	target->fuzz((const char *)data, size);
	return 0;
}
