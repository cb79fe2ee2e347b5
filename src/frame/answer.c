// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/answer.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/stream.h"

enum dh_status dh_answer_write(const struct dh_answer *answer)
{
	dh_auto(stream) struct dh_stream whole = { 0 };
	/* A stream says that it failed, but not how: what is written in one piece tells why. */
	int ret = dh_stream_open(&whole);

	if (!ret)
		ret = dh_document_write(whole.file, &answer->style, answer->sections, answer->n);
	if (dh_stream_close(&whole))
		ret = -ENOMEM;
	if (!ret &&
	    (fwrite(whole.text, 1, whole.size, answer->out) != whole.size || fflush(answer->out)))
		ret = -errno;
	if (!ret)
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_REFUSED, "writing the answer: %s", strerror(-ret));
}

enum dh_status dh_answer(const struct dh_env *env, const struct dh_section *sections, size_t n)
{
	return dh_answer_write(&(struct dh_answer){
		.out = stdout,
		.style = env->style,
		.sections = sections,
		.n = n,
	});
}
