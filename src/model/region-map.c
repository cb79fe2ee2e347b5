// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/region-map.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"

static size_t count_cells(const struct dh_region_map *map)
{
	return map->bits < DH_MAP_CELLS ? map->bits : DH_MAP_CELLS;
}

/* Returns the index of the cell of a bit. The cells divide the bits as evenly as possible. */
static size_t cell_of(const struct dh_region_map *map, uint64_t bit)
{
	return bit * count_cells(map) / map->bits;
}

/* Returns the first bit of a cell. */
static uint64_t cell_start(const struct dh_region_map *map, size_t cell)
{
	const size_t cells = count_cells(map);

	return (cell * map->bits + cells - 1) / cells;
}

void dh_region_map_draw(struct dh_region_map *map)
{
	const size_t cells = count_cells(map);

	for (size_t i = 0; i < cells; i++) {
		const uint64_t size = cell_start(map, i + 1) - cell_start(map, i);

		map->text[i] = !map->used[i] ? '.' : map->used[i] == size ? '#' : '+';
	}
	map->text[cells] = '\0';
}

bool dh_region_map_locate(const struct dh_region_map *map, uint64_t address, uint64_t bytes,
			  struct dh_map_run *run, uint64_t *used)
{
	uint64_t first, end;

	if (!map->text[0] || !map->base.known || !bytes || address < map->base.value)
		return false;
	first = (address - map->base.value) / map->bit_size;
	end = first + (bytes - 1) / map->bit_size + 1;
	if (end <= first || end > map->bits)
		return false;
	for (uint64_t bit = first; bit < end; bit++)
		if (!map->used[cell_of(map, bit)])
			return false;
	for (uint64_t bit = first; bit < end; bit++)
		used[cell_of(map, bit)]++;
	*run = (struct dh_map_run){ first, end - first };
	return true;
}

void dh_region_map_mark(const struct dh_region_map *map, const uint64_t *used, char letter,
			char *text)
{
	for (size_t i = 0; i < count_cells(map); i++)
		if (used[i] && used[i] == map->used[i])
			text[i] = map->text[i] == '#' ? letter : (char)tolower(letter);
}

void dh_region_map_clear(struct dh_region_map *map)
{
	free(map->runs);
	*map = (struct dh_region_map){ 0 };
}

int dh_region_map_set(struct dh_region_map *map, uint64_t bit)
{
	struct dh_map_run *last = map->n_runs ? &map->runs[map->n_runs - 1] : NULL;

	map->used[cell_of(map, bit)]++;
	if (map->runs_omitted)
		return 0;
	if (last && last->first + last->bits == bit) {
		last->bits++;
		return 0;
	}
	if (map->n_runs == DH_MAP_RUNS_MAX) {
		map->n_runs = 0;
		map->runs_omitted = true;
		return 0;
	}
	last = dh_array_add(&map->runs, &map->n_runs);
	if (!last)
		return -ENOMEM;
	*last = (struct dh_map_run){ bit, 1 };
	return 0;
}

static int compare_parts(const void *a, const void *b)
{
	const struct dh_map_part *x = a, *y = b;

	return (x->run.first > y->run.first) - (x->run.first < y->run.first);
}

/* Appends a copy of `like` with the bits from `first` to `end` (exclusive), if any. */
static int add_part(const struct dh_map_part *like, uint64_t first, uint64_t end,
		    struct dh_map_part **parts, size_t *n)
{
	struct dh_map_part *part;

	if (first >= end)
		return 0;
	part = dh_array_add(parts, n);
	if (!part)
		return -ENOMEM;
	*part = *like;
	part->run = (struct dh_map_run){ first, end - first };
	return 0;
}

int dh_region_map_divide(const struct dh_region_map *map, size_t region,
			 struct dh_map_part *buffers, size_t n, struct dh_map_part **parts,
			 size_t *n_parts)
{
	const struct dh_map_part unknown = { .region = region };

	dh_array_sort(buffers, n, compare_parts);
	for (size_t i = 0; i < map->n_runs; i++) {
		const struct dh_map_run *run = &map->runs[i];
		const uint64_t end = run->first + run->bits;
		uint64_t at = run->first;

		for (size_t j = 0; j < n && buffers[j].run.first < end; j++) {
			const struct dh_map_part *buffer = &buffers[j];
			uint64_t buffer_end = buffer->run.first + buffer->run.bits;

			if (buffer->region != region || buffer_end <= at)
				continue;
			if (buffer_end > end)
				buffer_end = end;
			if (add_part(&unknown, at, buffer->run.first, parts, n_parts))
				return -ENOMEM;
			if (buffer->run.first > at)
				at = buffer->run.first;
			if (add_part(buffer, at, buffer_end, parts, n_parts))
				return -ENOMEM;
			at = buffer_end;
		}
		if (add_part(&unknown, at, end, parts, n_parts))
			return -ENOMEM;
	}
	return 0;
}
