/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32 of IEEE 802.3, as gzip and crc32(1) compute it.
 */
#ifndef DH_BASE_CRC32_H
#define DH_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * Updates the CRC `crc` with the `length` bytes at `memory`, and returns the new CRC. Pass 0 as
 * `crc` to the first call, and the previous result to each later call.
 */
uint32_t dh_crc32(uint32_t crc, const void *memory, size_t length);

#endif
