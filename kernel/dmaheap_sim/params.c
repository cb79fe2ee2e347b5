// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameter "heaps":
 *
 *	NAME[:KIND[:SIZE]][:OPTION=VALUE]...[;NAME...]
 *
 * Names of heaps contain commas and blanks, hence the other separators.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sim.h"

#define SIZE_DEFAULT (64UL << 20)
#define DELAY_DEFAULT_MS 100
#define DELAY_MAX_MS (60 * 60 * 1000)

static const struct sim_kind kinds[] = {
	{ .name = "protected", .ops = &sim_protected_ops, .scrubbed = true },
	{ .name = "carveout", .ops = &sim_mappable_ops, .carved = true, .scrubbed = true },
	{ .name = "failing", .ops = &sim_mappable_ops, .fails = true },
	{ .name = "slow", .ops = &sim_mappable_ops, .delay_ms = DELAY_DEFAULT_MS },
};

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EPERM", EPERM },	{ "EINTR", EINTR },	{ "EIO", EIO },
	{ "ENXIO", ENXIO },	{ "EAGAIN", EAGAIN },	{ "ENOMEM", ENOMEM },
	{ "EACCES", EACCES },	{ "EFAULT", EFAULT },	{ "EBUSY", EBUSY },
	{ "ENODEV", ENODEV },	{ "EINVAL", EINVAL },	{ "ENOSPC", ENOSPC },
	{ "ETIMEDOUT", ETIMEDOUT },	{ "EOPNOTSUPP", EOPNOTSUPP },
};

static bool good_name(const char *name)
{
	const char *c;

	/* They are names of files. */
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strlen(name) > SIM_NAME_MAX)
		return false;
	for (c = name; *c; c++)
		if (*c == '/' || iscntrl((unsigned char)*c))
			return false;
	return true;
}

static int parse_size(struct sim_heap *heap, const char *text)
{
	char *end;
	unsigned long long size;

	/* memparse() would take nothing for 0 */
	if (!isdigit(*text))
		goto bad;
	size = memparse(text, &end);
	if (*end || !size || size > (unsigned long long)LONG_MAX)
		goto bad;
	heap->limit = PAGE_ALIGN((unsigned long)size) >> PAGE_SHIFT;
	return 0;
bad:
	pr_err("heap '%s': '%s' is no size (64M is one)\n", heap->name, text);
	return -EINVAL;
}

static int parse_errno(const char *text, int *error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (strcmp(text, errors[i].name))
			continue;
		*error = errors[i].error;
		return 0;
	}
	/* The numbers that an error pointer can hold; those from 512 on are the kernel's own. */
	if (kstrtoint(text, 0, error) || *error < 1 || *error >= 512)
		return -EINVAL;
	return 0;
}

static int parse_option(struct sim_heap *heap, char *text)
{
	struct sim_faults *faults = &heap->faults;
	char *value = text;
	char *key = strsep(&value, "=");
	int ret;

	if (!value)
		goto bad;
	if (!strcmp(key, "after"))
		ret = kstrtoul(value, 0, &faults->after);
	else if (!strcmp(key, "every"))
		ret = kstrtoul(value, 0, &faults->every) ?: faults->every ? 0 : -EINVAL;
	else if (!strcmp(key, "errno"))
		ret = parse_errno(value, &faults->error);
	else if (!strcmp(key, "delay"))
		ret = kstrtouint(value, 0, &faults->delay_ms) ?:
			faults->delay_ms <= DELAY_MAX_MS ? 0 : -ERANGE;
	else
		goto bad;
	if (ret)
		pr_err("heap '%s': option '%s' cannot be '%s'\n", heap->name, key, value);
	else if (!faults->every && strcmp(key, "delay"))
		/* Naming what shall happen is asking for it. */
		faults->every = 1;
	return ret ? -EINVAL : 0;
bad:
	pr_err("heap '%s': unknown option '%s' (after=, every=, errno=, delay=)\n", heap->name,
	       key);
	return -EINVAL;
}

static int parse_kind(struct sim_heap *heap, const char *text)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(text, kinds[i].name))
			continue;
		heap->kind = &kinds[i];
		heap->faults.every = kinds[i].fails;
		heap->faults.delay_ms = kinds[i].delay_ms;
		return 0;
	}
	pr_err("heap '%s': unknown kind '%s' (protected, carveout, failing, slow)\n", heap->name,
	       text);
	return -EINVAL;
}

static int parse_heap(struct sim_heap *heap, char *text)
{
	char *name = strsep(&text, ":");
	char *word;
	int ret;

	if (!good_name(name)) {
		pr_err("'%s' cannot be the name of a heap\n", name);
		return -EINVAL;
	}
	strscpy(heap->name, name, sizeof(heap->name));

	heap->faults.error = ENOMEM;
	heap->limit = SIZE_DEFAULT >> PAGE_SHIFT;
	heap->kind = &kinds[0];
	word = strsep(&text, ":");
	if (word) {
		ret = parse_kind(heap, word);
		if (ret)
			return ret;
		word = strsep(&text, ":");
	}
	if (word && !strchr(word, '=')) {
		ret = parse_size(heap, word);
		if (ret)
			return ret;
		word = strsep(&text, ":");
	}
	for (; word; word = strsep(&text, ":")) {
		ret = parse_option(heap, word);
		if (ret)
			return ret;
	}
	return 0;
}

static int add_heap(struct list_head *heaps, char *text)
{
	struct sim_heap *heap, *other;
	int ret;

	heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	if (!heap)
		return -ENOMEM;
	kref_init(&heap->references);
	init_waitqueue_head(&heap->removal);
	mutex_init(&heap->lock);
	INIT_LIST_HEAD(&heap->buffers);
	ret = parse_heap(heap, text);

	list_for_each_entry(other, heaps, node) {
		if (ret || strcmp(other->name, heap->name))
			continue;
		pr_err("heap '%s': asked for twice\n", heap->name);
		ret = -EINVAL;
	}
	if (ret) {
		kfree(heap);
		return ret;
	}
	list_add_tail(&heap->node, heaps);
	return 0;
}

/**
 * sim_parse_heaps() - what the parameter asks for
 * @text: the parameter
 * @heaps: an empty list, which gets one &struct sim_heap for each of them
 *
 * What is wrong is said in the log, and leaves the list empty.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sim_parse_heaps(const char *text, struct list_head *heaps)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	char *rest = copy;
	char *word;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	while (!ret && (word = strsep(&rest, ";")))
		/* A semicolon may end the last one, too. */
		if (*word || rest)
			ret = add_heap(heaps, word);
	if (!ret && list_empty(heaps)) {
		pr_err("no heap is named\n");
		ret = -EINVAL;
	}
	if (ret)
		sim_free_heaps(heaps);
	kfree(copy);
	return ret;
}

void sim_free_heaps(struct list_head *heaps)
{
	struct sim_heap *heap, *next;

	list_for_each_entry_safe(heap, next, heaps, node)
		sim_heap_put(heap);
}
