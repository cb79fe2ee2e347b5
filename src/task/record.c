// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/record.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/recorder.h"
#include "frame/saving.h"

static int write_record(const struct dh_env *env, int fd, struct dh_recording *recording)
{
	struct utsname system;
	struct dh_recorder recorder = {
		.root = &env->root,
		.machine = env->root.live && !uname(&system) ? system.machine : NULL,
		.result = recording,
	};
	int ret = dh_archive_create(fd, &recorder.archive), closed;

	if (ret)
		return ret;
	ret = dh_recorder_run(&recorder);
	closed = dh_archive_close(recorder.archive);
	return ret ? ret : closed;
}

static void remark_unreadable(const struct dh_env *env, const struct dh_recording *recording)
{
	int error = recording->unreadable_error;

	if (recording->unreadable.value)
		dh_remark(env,
			  "unreadable files and directories: %" PRIu64 ", such as %s: %s%s; "
			  "the record contains the errors",
			  recording->unreadable.value, recording->unreadable_path,
			  dh_error_text(error), geteuid() ? " (root can read more)" : "");
}

enum dh_status dh_record(const struct dh_env *env, struct dh_recording *recording)
{
	const bool to_stdout = !strcmp(recording->file, "-");
	dh_auto(saving) struct dh_saving saving = { 0 };
	enum dh_status status = dh_saving_begin(to_stdout ? NULL : recording->file, &saving);
	int ret = 0;

	if (status)
		return status;
	if (saving.temporary && fchmod(fileno(saving.file), 0600))
		ret = -errno;
	if (!ret)
		ret = write_record(env, to_stdout ? STDOUT_FILENO : fileno(saving.file), recording);
	if (ret == -ELIBACC)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "recording: not supported (libarchive is not installed, or "
			       "dmaheapctl was built without it)");
	if (ret == -EINTR)
		return dh_fail(DH_EXIT_INTERRUPTED, 0, "recording: interrupted");
	if (ret && to_stdout)
		return dh_fail(DH_EXIT_ERROR, ret, "writing standard output: %m");
	status = dh_saving_end(&saving, ret);
	if (!status)
		remark_unreadable(env, recording);
	return status;
}
