// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/region-map.h"

#include <ctype.h>

size_t dh_region_map_cells(const struct dh_region_map *map)
{
	return map->bits < DH_MAP_CELLS ? map->bits : DH_MAP_CELLS;
}

size_t dh_region_map_cell(const struct dh_region_map *map, uint64_t bit)
{
	return bit * dh_region_map_cells(map) / map->bits;
}

/* Returns the first bit of a cell. */
static uint64_t cell_start(const struct dh_region_map *map, size_t cell)
{
	const size_t cells = dh_region_map_cells(map);

	return (cell * map->bits + cells - 1) / cells;
}

void dh_region_map_draw(struct dh_region_map *map)
{
	const size_t cells = dh_region_map_cells(map);

	for (size_t i = 0; i < cells; i++) {
		const uint64_t size = cell_start(map, i + 1) - cell_start(map, i);

		map->text[i] = !map->used[i] ? '.' : map->used[i] == size ? '#' : '+';
	}
	map->text[cells] = '\0';
}

bool dh_region_map_locate(const struct dh_region_map *map, uint64_t address, uint64_t bytes,
			  uint64_t *used)
{
	uint64_t first, end;

	if (!map->text[0] || !map->base.known || !bytes || address < map->base.value)
		return false;
	first = (address - map->base.value) / map->bit_size;
	end = first + (bytes - 1) / map->bit_size + 1;
	if (end <= first || end > map->bits)
		return false;
	for (uint64_t bit = first; bit < end; bit++)
		if (!map->used[dh_region_map_cell(map, bit)])
			return false;
	for (uint64_t bit = first; bit < end; bit++)
		used[dh_region_map_cell(map, bit)]++;
	return true;
}

void dh_region_map_mark(const struct dh_region_map *map, const uint64_t *used, char letter,
			char *text)
{
	for (size_t i = 0; i < dh_region_map_cells(map); i++)
		if (used[i] && used[i] == map->used[i])
			text[i] = map->text[i] == '#' ? letter : (char)tolower(letter);
}
