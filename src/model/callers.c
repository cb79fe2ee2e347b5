// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "model/snapshot.h"

static void add_callsite(struct dh_callers *callers, const struct dh_callsite *callsite)
{
	struct dh_callsite *module = callers->modules;
	const struct dh_callsite *end = module + callers->n_modules;

	while (module < end && !dh_text_same(module->module, callsite->module))
		module++;
	if (module == end) {
		*module = *callsite;
		module->symbol = NULL;
		callers->n_modules++;
		return;
	}
	if (!dh_text_same(module->heap, callsite->heap))
		module->heap = NULL;
	dh_maybe_add(&module->finds, callsite->finds);
	dh_maybe_add(&module->puts, callsite->puts);
	dh_maybe_add(&module->kallocs, callsite->kallocs);
}

int dh_callers_make(const struct dh_callsite *callsites, size_t n, struct dh_callers *callers)
{
	*callers = (struct dh_callers){
		.modules = calloc(n + 1, sizeof(*callers->modules)),
		.rows = calloc(2 * n + 1, sizeof(*callers->rows)),
	};
	if (!callers->modules || !callers->rows)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		add_callsite(callers, &callsites[i]);
	dh_callsites_sort(callers->modules, callers->n_modules);
	for (size_t i = 0; i < callers->n_modules; i++) {
		const struct dh_callsite *module = &callers->modules[i];

		callers->rows[callers->n++] = *module;
		/*
		 * The row without a module is already the sum of the call sites outside the debug
		 * module's table: no call sites follow it.
		 */
		for (size_t j = 0; j < n && module->module; j++)
			if (dh_text_same(callsites[j].module, module->module))
				callers->rows[callers->n++] = callsites[j];
	}
	return 0;
}

void dh_callers_clear(struct dh_callers *callers)
{
	free(callers->modules);
	free(callers->rows);
	*callers = (struct dh_callers){ 0 };
}
