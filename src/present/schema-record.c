// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/recording.h"
#include "present/schemas.h"

#define RECORDING_VALUE(member, kind) DH_VALUE(struct dh_recording, member, kind)

/* clang-format off */
static const struct dh_column record_columns[] = {
	{ "FILE", "file", DH_SHOWN, RECORDING_VALUE(file, TEXT), .help = "path of the tar file" },
	{ "BYTES", "bytes", DH_SHOWN | DH_RIGHT, RECORDING_VALUE(bytes, BYTES),
	  .help = "total size of the recorded files" },
	{ "MEMBERS", "members", DH_SHOWN | DH_RIGHT, RECORDING_VALUE(members, COUNT),
	  .help = "number of recorded files, directories and symlinks" },
	{ "UNREADABLE", "unreadable", DH_SHOWN | DH_RIGHT, RECORDING_VALUE(unreadable, COUNT),
	  .help = "number of files and directories that could not be read" },
	{ "PROCESSES", "processes", DH_SHOWN | DH_RIGHT, RECORDING_VALUE(processes, COUNT),
	  .help = "number of recorded processes" },
	{ "NAMES", "names", DH_SHOWN, RECORDING_VALUE(names, TRUTH),
	  .help = "whether the names of processes are recorded" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_record, "record", record_columns);
