/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32 of IEEE 802.3, as gzip and crc32(1) compute it. Start with a CRC of 0, and pass the
 * result of each piece to the call for the next one.
 */
#ifndef DH_BASE_CRC32_H
#define DH_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t dh_crc32(uint32_t crc, const void *memory, size_t length);

#endif
