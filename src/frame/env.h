/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command is given beside its own options.
 */
#ifndef DH_FRAME_ENV_H
#define DH_FRAME_ENV_H

#include <stdbool.h>

#include "base/root.h"
#include "present/document.h"

struct dh_env {
	struct dh_root root;
	struct dh_log log;
	struct dh_style style;
	const char *sysroot; /* NULL: the running system */
	bool quiet;	     /* -q: no remarks on stderr, only errors */
	bool verbose;	     /* -v: say which sources were read */
};

#endif
