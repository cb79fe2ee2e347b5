/* SPDX-License-Identifier: GPL-2.0-only */
/* Version of the three modules. tests/lint/versions compares it with configure.ac and dkms.conf. */
#ifndef DMAHEAP_VERSION_H
#define DMAHEAP_VERSION_H

#define DMAHEAP_VERSION "0.1.0"

#endif
