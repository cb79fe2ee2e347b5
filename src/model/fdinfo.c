// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fdinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "base/units.h"

void dh_buffer_name_copy(char out[DH_BUFFER_NAME_MAX], const char *name, size_t length)
{
	length = strnlen(name, length);
	if (length >= DH_BUFFER_NAME_MAX)
		length = DH_BUFFER_NAME_MAX - 1;
	memcpy(out, name, length);
	out[length] = '\0';
}

/*
 * Returns the value of the line "KEY:\tVALUE" and sets `*size` to its length. Returns NULL if the
 * line has another key.
 */
static const char *find_value(const char *line, size_t length, const char *key, size_t *size)
{
	size_t n = strlen(key);

	if (length < n + 2 || memcmp(line, key, n) || line[n] != ':' || line[n + 1] != '\t')
		return NULL;
	*size = length - n - 2;
	return line + n + 2;
}

static int parse_line(const char *line, size_t length, struct dh_fdinfo *info)
{
	const struct {
		const char *key;
		struct dh_maybe *number;
	} numbers[] = {
		{ "ino", &info->inode },
		{ "size", &info->size },
		{ "count", &info->count },
	};
	const char *value;
	size_t size;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint64_t number;

		value = find_value(line, length, numbers[i].key, &size);
		if (!value)
			continue;
		if (numbers[i].number->known || !dh_digits_parse(value, size, 10, &number))
			return -EBADMSG;
		*numbers[i].number = dh_known(number);
	}
	value = find_value(line, length, "flags", &size);
	if (value) {
		uint64_t flags;

		info->path_only = dh_digits_parse(value, size, 8, &flags) && flags & O_PATH;
	}
	value = find_value(line, length, "exp_name", &size);
	if (value) {
		if (!size || size >= sizeof(info->exporter) || memchr(value, '\0', size) ||
		    *info->exporter)
			return -EBADMSG;
		memcpy(info->exporter, value, size);
	}
	return 0;
}

int dh_fdinfo_parse(const char *text, size_t length, struct dh_fdinfo *info)
{
	const char *end = text + length;
	int bad = 0;

	*info = (struct dh_fdinfo){ 0 };
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((newline ? newline : end) - text), size;
		const char *name = find_value(text, line, "name", &size);

		if (name) {
			/*
			 * The name may contain newlines, so it extends to the end of the text.
			 * If the rest of the text is too long for a name, the name is only this
			 * line: some vendor kernels write more lines after the name.
			 */
			size_t rest = (size_t)(end - name);

			if (rest && name[rest - 1] == '\n')
				rest--;
			dh_buffer_name_copy(info->name, name,
					    rest < DH_BUFFER_NAME_MAX ? rest : size);
			break;
		}
		if (parse_line(text, line, info))
			bad = -EBADMSG;
		if (!newline)
			break;
		text = newline + 1;
	}
	if (!*info->exporter)
		return -EBADFD;
	return info->size.known ? bad : -EBADMSG;
}

/* Parses a number that ends at `separator`, and advances `*line` past the separator. */
static bool parse_field(const char **line, const char *end, char separator, unsigned int base,
			uint64_t *value)
{
	const char *at = memchr(*line, separator, (size_t)(end - *line));

	if (!at || !dh_digits_parse(*line, (size_t)(at - *line), base, value))
		return false;
	*line = at + 1;
	return true;
}

/* Reverses the kernel's mangle_path(). In maps, it escapes only newlines, as \012. */
static void unmangle(char out[DH_BUFFER_NAME_MAX], const char *name, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length && n < DH_BUFFER_NAME_MAX - 1 && name[i]; n++) {
		bool newline = length - i >= 4 && !memcmp(name + i, "\\012", 4);

		out[n] = newline ? '\n' : name[i];
		i += newline ? 4 : 1;
	}
	out[n] = '\0';
}

bool dh_maps_parse(const char *line, size_t length, struct dh_maps_line *mapping)
{
	static const char path[] = DH_DMABUF_PATH;
	const char *end = line + length;
	uint64_t offset, high, low;

	/* Most lines do not describe dma-bufs, so reject them quickly. */
	if (!memmem(line, length, path, sizeof(path) - 1))
		return false;
	if (!parse_field(&line, end, '-', 16, &mapping->start) ||
	    !parse_field(&line, end, ' ', 16, &mapping->end) || mapping->end < mapping->start ||
	    end - line < 5 || line[4] != ' ')
		return false;
	line += 5;
	if (!parse_field(&line, end, ' ', 16, &offset) ||
	    !parse_field(&line, end, ':', 16, &high) || !parse_field(&line, end, ' ', 16, &low) ||
	    !parse_field(&line, end, ' ', 10, &mapping->inode))
		return false;
	if (high > UINT32_MAX || low > UINT32_MAX)
		return false;
	mapping->dev = makedev((unsigned int)high, (unsigned int)low);
	while (line < end && *line == ' ')
		line++;
	if ((size_t)(end - line) < sizeof(path) - 1 || memcmp(line, path, sizeof(path) - 1))
		return false;
	line += sizeof(path) - 1;
	unmangle(mapping->name, line, (size_t)(end - line));
	return true;
}
