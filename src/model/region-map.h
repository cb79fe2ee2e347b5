/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Map of a CMA region: its used and free memory, and the processes that own it, in cells of almost
 * equal size.
 */
#ifndef DH_MODEL_REGION_MAP_H
#define DH_MODEL_REGION_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"

/* Maximum number of cells. A region whose bitmap has fewer bits has one cell for each bit. */
#define DH_MAP_CELLS 80

struct dh_region_map {
	/* One character for each cell: '.' free, '+' partly used, '#' used. "" if unknown. */
	char text[DH_MAP_CELLS + 1];
	uint64_t bits;		     /* number of bits in the bitmap */
	uint64_t bit_size;	     /* bytes that one bit stands for */
	struct dh_maybe base;	     /* address of the region; unknown if it has several ranges */
	uint64_t used[DH_MAP_CELLS]; /* number of used bits in each cell */
};

/* Returns the number of cells. */
size_t dh_region_map_cells(const struct dh_region_map *map);

/* Returns the index of the cell of a bit. The cells divide the bits as evenly as possible. */
size_t dh_region_map_cell(const struct dh_region_map *map, uint64_t bit);

/* Sets map->text from map->used. */
void dh_region_map_draw(struct dh_region_map *map);

/*
 * Adds the bits of `bytes` bytes at `address` to the numbers of bits in `used`, which has
 * DH_MAP_CELLS elements. Returns false and changes nothing if the map or its base is unknown, if
 * these bytes are not a part of the region, or if one of their cells has no used bits.
 */
bool dh_region_map_locate(const struct dh_region_map *map, uint64_t address, uint64_t bytes,
			  uint64_t *used);

/*
 * In `text`, a copy of map->text, replaces the characters of the cells whose used bits are all
 * counted in `used`: '#' by `letter`, and '+' by the letter in lower case.
 */
void dh_region_map_mark(const struct dh_region_map *map, const uint64_t *used, char letter,
			char *text);

#endif
