/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32 as in IEEE 802.3, gzip and `crc32`(1): start with 0, feed in pieces.
 */
#ifndef DH_BASE_CRC32_H
#define DH_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t dh_crc32(uint32_t crc, const void *memory, size_t length);

#endif
