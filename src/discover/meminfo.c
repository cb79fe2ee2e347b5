// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/meminfo.h"

#include <string.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/lines.h"

/*
 * Parses the part after the colon of a line such as "MemTotal: 16384 kB". Returns the number of
 * bytes, which is unknown if the text is malformed.
 */
static struct dh_maybe parse_kib(const char *text)
{
	uint64_t number;
	size_t length;

	text += strspn(text, " \t");
	length = strspn(text, "0123456789");
	if (!dh_digits_parse(text, length, 10, &number) || number > UINT64_MAX / 1024)
		return (struct dh_maybe){ 0 };
	text += length;
	if (strncmp(text, " kB", 3) || (text[3] && text[3] != '\n'))
		return (struct dh_maybe){ 0 };
	return dh_known(number * 1024);
}

int dh_meminfo_read(const struct dh_root *root, struct dh_memory *memory)
{
	const struct {
		const char *name;
		struct dh_maybe *value;
	} lines[] = {
		{ "MemTotal:", &memory->total },
		{ "MemAvailable:", &memory->available },
		{ "CmaTotal:", &memory->cma_total },
		{ "CmaFree:", &memory->cma_free },
	};
	char text[8192];
	ssize_t length;

	*memory = (struct dh_memory){ 0 };
	length = dh_file_read(root->proc, "meminfo", text, sizeof(text));
	if (length < 0) {
		dh_note(root->log, "proc/meminfo: %s", dh_errno_name((int)-length));
		return (int)length;
	}

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *kib = dh_line_find(text, lines[i].name);

		if (kib)
			*lines[i].value = parse_kib(kib);
	}
	dh_note(root->log, "proc/meminfo: read, %s CMA figures",
		memory->cma_total.known ? "with" : "without");
	return 0;
}
