// SPDX-License-Identifier: GPL-2.0-only
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "misses.h"

#define MISSES_MAX 64

/**
 * struct miss - a name that kernel code looked up without finding a heap
 * @count: number of failed finds since the last reset
 * @name: the name, not escaped
 */
struct miss {
	u64 count;
	char name[NAME_SIZE];
};

/* Protects the variables below. Taken in probe handlers. */
static DEFINE_RAW_SPINLOCK(misses_lock);
static struct miss *misses;
static unsigned int misses_used;
static u64 misses_other;

int misses_init(void)
{
	misses = vzalloc(array_size(MISSES_MAX, sizeof(*misses)));
	return misses ? 0 : -ENOMEM;
}

void misses_exit(void)
{
	vfree(misses);
}

void miss_count(const char *name)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&misses_lock, flags);
	for (i = 0; i < misses_used; i++) {
		if (!strcmp(misses[i].name, name))
			break;
	}
	if (i == misses_used && i < MISSES_MAX) {
		strscpy(misses[i].name, name, sizeof(misses[i].name));
		misses[i].count = 0;
		misses_used++;
	}
	if (i < MISSES_MAX)
		misses[i].count++;
	else
		misses_other++;
	raw_spin_unlock_irqrestore(&misses_lock, flags);
}

/**
 * misses_reset() - reset the counts of misses
 * @name: name whose count is reset, or NULL to remove all names and reset the count of the
 *	misses that did not fit into the table
 */
void misses_reset(const char *name)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&misses_lock, flags);
	for (i = 0; name && i < misses_used; i++) {
		if (!strcmp(misses[i].name, name))
			misses[i].count = 0;
	}
	if (!name) {
		misses_used = 0;
		misses_other = 0;
	}
	raw_spin_unlock_irqrestore(&misses_lock, flags);
}

static bool copy_miss(struct miss *miss, unsigned int number)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&misses_lock, flags);
	found = number < misses_used;
	if (found)
		*miss = misses[number];
	raw_spin_unlock_irqrestore(&misses_lock, flags);
	return found;
}

void misses_show(struct seq_file *file, bool counted)
{
	struct miss miss;
	unsigned int i;

	for (i = 0; copy_miss(&miss, i); i++) {
		if (!miss.count)
			continue;
		seq_puts(file, DMAHEAP_DEBUG_REC_MISS);
		text_put_name(file, DMAHEAP_DEBUG_KEY_NAME, miss.name);
		text_put_figure(file, "count", miss.count, counted);
		seq_putc(file, '\n');
	}
	seq_puts(file, DMAHEAP_DEBUG_REC_MISS_OTHER);
	text_put_figure(file, "count", READ_ONCE(misses_other), counted);
	seq_putc(file, '\n');
}
