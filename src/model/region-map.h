/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Map of a CMA region: used memory, free memory and the processes that own buffers, in cells of
 * almost equal size.
 */
#ifndef DH_MODEL_REGION_MAP_H
#define DH_MODEL_REGION_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"

/* Maximum number of cells. A region whose bitmap has fewer bits has one cell for each bit. */
#define DH_MAP_CELLS 80

/* Consecutive bits of the bitmap. */
struct dh_map_run {
	uint64_t first, bits;
};

/* Maximum number of runs. The maximum bounds the memory that a crafted bitmap can use. */
#define DH_MAP_RUNS_MAX 65536

/* A zeroed struct is an unknown map. */
struct dh_region_map {
	/* One character for each cell: '.' free, '+' partly used, '#' used. "" if unknown. */
	char text[DH_MAP_CELLS + 1];
	uint64_t bits;		     /* number of bits in the bitmap */
	uint64_t bit_size;	     /* bytes that each bit represents */
	struct dh_maybe base;	     /* address of the region; unknown if it has several ranges */
	uint64_t used[DH_MAP_CELLS]; /* number of used bits in each cell */
	struct dh_map_run *runs;     /* runs of used bits in ascending order; owned by the map */
	size_t n_runs;
	bool runs_omitted; /* `runs` is empty because it would exceed DH_MAP_RUNS_MAX */
};

void dh_region_map_clear(struct dh_region_map *map);

#define dh_auto_region_map dh_region_map_clear

/* Adds the used bit `bit`. Calls must be in ascending order of the bits. Returns 0 or -ENOMEM. */
int dh_region_map_set(struct dh_region_map *map, uint64_t bit);

/* Used memory: a buffer, or a part of a run that belongs to no known buffer. */
struct dh_map_part {
	size_t region; /* index in inventory->regions */
	struct dh_map_run run;
	/* The members below are unknown without a known buffer. The strings are not owned. */
	const char *heap;
	struct dh_maybe inode;
	struct dh_maybe pid; /* owner of the buffer: see dh_owners_find() */
	const char *process;
};

/*
 * Divides the runs of a region at the boundaries of its buffers, and appends the parts to `*parts`
 * in ascending order. Ignores buffers of other regions, and memory that is not used according to
 * the bitmap. Sorts `buffers`. Returns 0 or -ENOMEM. The caller frees `*parts`, even after an
 * error.
 */
int dh_region_map_divide(const struct dh_region_map *map, size_t region,
			 struct dh_map_part *buffers, size_t n, struct dh_map_part **parts,
			 size_t *n_parts);

/* Sets map->text from map->used. */
void dh_region_map_draw(struct dh_region_map *map);

/*
 * Sets `*run` to the bits that represent `bytes` bytes at `address`. Adds the number of these bits
 * in each cell to `used`, an array of DH_MAP_CELLS elements. Returns false and changes nothing if
 * the map or its base is unknown, if the bytes are not all in the region, or if a cell of these
 * bits has no used bits.
 */
bool dh_region_map_locate(const struct dh_region_map *map, uint64_t address, uint64_t bytes,
			  struct dh_map_run *run, uint64_t *used);

/*
 * Marks the cells whose used bits are all counted in `used`: in `text`, a copy of map->text,
 * replaces '#' with `letter`, and '+' with the letter in lower case.
 */
void dh_region_map_mark(const struct dh_region_map *map, const uint64_t *used, char letter,
			char *text);

#endif
