// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/recording.h"
#include "present/schemas.h"

#define RECORDING(name, statement)    DH_GETTER(struct dh_recording, get_##name, statement)
#define RECORDING_MAYBE(member, kind) DH_MAYBE(struct dh_recording, member, kind)

RECORDING(file, dh_cell_text(cell, of->file))
RECORDING(names, dh_cell_number(cell, DH_CELL_TRUTH, of->names))

/* clang-format off */
static const struct dh_column record_columns[] = {
	{ "FILE", "file", DH_SHOWN, get_file, .help = "path of the tar file" },
	{ "BYTES", "bytes", DH_SHOWN | DH_RIGHT, RECORDING_MAYBE(bytes, BYTES),
	  .help = "total size of the recorded files" },
	{ "MEMBERS", "members", DH_SHOWN | DH_RIGHT, RECORDING_MAYBE(members, COUNT),
	  .help = "number of recorded files, directories and symlinks" },
	{ "UNREADABLE", "unreadable", DH_SHOWN | DH_RIGHT, RECORDING_MAYBE(unreadable, COUNT),
	  .help = "number of files and directories that could not be read" },
	{ "PROCESSES", "processes", DH_SHOWN | DH_RIGHT, RECORDING_MAYBE(processes, COUNT),
	  .help = "number of recorded processes" },
	{ "NAMES", "names", DH_SHOWN, get_names,
	  .help = "whether the names of processes are recorded" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_record, "record", record_columns);
