/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends commands to the module dmaheap_client, in the format of kernel/include/dmaheap_debug.h.
 */
#ifndef DH_ACTION_CLIENT_H
#define DH_ACTION_CLIENT_H

#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"
#include "model/step.h"

/*
 * Opens a file of dmaheap_client: DMAHEAP_CLIENT_INSPECT_FILE for dh_client_inspect(), or
 * DMAHEAP_CLIENT_CLIENT_FILE for the steps of a client, which uses a heap as a driver does. Returns
 * a descriptor that the caller owns, or -errno: -ENOENT if the module is not loaded or debugfs is
 * not mounted; -EACCES without permission; -EPROTO if the module has another major version of the
 * interface; -EBADMSG if the version is malformed; -EROFS for a recorded tree. Closing the
 * descriptor releases everything that the client still holds.
 */
int dh_client_open(const struct dh_root *root, const char *file);

/*
 * Maps the dma-buf `fd` for a device of dmaheap_client. `file` is a descriptor from
 * dh_client_open(). Sets the members of `inspection` that the module reports; inspection->heap is
 * unchanged. Returns 0; -EBADMSG if the answer is malformed; or another -errno, usually from the
 * exporter.
 */
int dh_client_inspect(int file, int fd, struct dh_inspection *inspection);

/*
 * Parses the module's answer to an inspection, and modifies `answer`. Sets the same members of
 * `inspection` as dh_client_inspect(). Returns 0 or -EBADMSG.
 */
int dh_client_parse_inspection(char *answer, struct dh_inspection *inspection);

/*
 * Executes the step that step->kind selects. `client` is a descriptor from dh_client_open().
 * DH_STEP_FIND uses request->heap, the name of a heap; DH_STEP_ALLOC uses request->size and
 * request->heap_flags; DH_STEP_ATTACH uses `mask`, the width of the DMA mask in bits, 1 to 64. Sets
 * step->verdict to DH_OK, DH_FAILED or DH_UNSUPPORTED, and the members of `step` that the module
 * reports. Returns 0; -EBADMSG if the answer is malformed; or another -errno if the module did not
 * execute the step.
 */
int dh_client_step(int client, const struct dh_buffer_request *request, uint64_t mask,
		   struct dh_step *step);

/*
 * Parses the module's answer to the step step->kind, and modifies `answer`. Sets the same members
 * of `step` as dh_client_step(), except mask. Returns 0 or -EBADMSG.
 */
int dh_client_parse_step(char *answer, struct dh_step *step);

#endif
