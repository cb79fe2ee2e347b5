// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses the parameter "heaps":
 *
 *	NAME[:KIND[:SIZE]][:OPTION=VALUE]...[;NAME...]
 *
 * KIND is protected, carveout, failing, slow, or "faulty:" and the name of a fault.
 *
 * The separators are colons and semicolons, because names of heaps can contain commas
 * and spaces.
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
	{ .name = "faulty", .fault = "zero", .ops = &sim_mappable_ops, .dirty = true },
	{ .name = "faulty", .fault = "size", .ops = &sim_mappable_ops, .oversized = true },
	{ .name = "faulty", .fault = "flags", .ops = &sim_mappable_ops, .readonly = true },
	{ .name = "faulty", .fault = "leak", .ops = &sim_mappable_ops, .leaks_fd = true },
	/*
	 * For a heap with the name of a protected heap: the fault is that the CPU can map the
	 * buffers.
	 */
	{ .name = "faulty", .fault = "mmap", .ops = &sim_mappable_ops, .scrubbed = true },
	{ .name = "faulty", .fault = "sync", .ops = &sim_unsynced_ops },
	{ .name = "faulty", .fault = "errno", .ops = &sim_mappable_ops, .wrong_errno = true },
};

static const struct {
	const char *name;
	int error;
} errno_names[] = {
	{ "EPERM", EPERM },	{ "EINTR", EINTR },	{ "EIO", EIO },
	{ "ENXIO", ENXIO },	{ "EAGAIN", EAGAIN },	{ "ENOMEM", ENOMEM },
	{ "EACCES", EACCES },	{ "EFAULT", EFAULT },	{ "EBUSY", EBUSY },
	{ "ENODEV", ENODEV },	{ "EINVAL", EINVAL },	{ "ENOSPC", ENOSPC },
	{ "ETIMEDOUT", ETIMEDOUT },	{ "EOPNOTSUPP", EOPNOTSUPP },
};

static bool is_valid_name(const char *name)
{
	const char *c;

	/*
	 * The device node of the heap has this name, so the name must be a valid file name.
	 * Without the patch series, dma_heap_add() uses the name as a format string, so reject
	 * '%'. In sysfs names, '!' stands for '/', so reject '!'.
	 */
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strlen(name) > SIM_NAME_MAX)
		return false;
	for (c = name; *c; c++)
		if (strchr("/%!", *c) || iscntrl((unsigned char)*c))
			return false;
	return true;
}

/* Returns the shift for the suffix of a size, or 0 if the suffix is not a known unit. */
static unsigned int unit_shift(char suffix)
{
	static const char suffixes[] = "KMGT";
	const char *found = strchr(suffixes, toupper(suffix));

	return suffix && found ? 10 * (found - suffixes + 1) : 0;
}

static int parse_size(struct sim_heap *heap, const char *text)
{
	size_t length = strlen(text);
	unsigned int shift = length ? unit_shift(text[length - 1]) : 0;
	char digits[24];
	u64 size;

	/* Do not use memparse(): it wraps large sizes, and parses text without digits as 0. */
	if (strscpy(digits, text, sizeof(digits)) < 0)
		goto bad;
	if (shift)
		digits[length - 1] = '\0';
	if (!isdigit(*digits) || kstrtou64(digits, 0, &size) || !size)
		goto bad;
	if (size > (u64)totalram_pages() << PAGE_SHIFT >> shift) {
		pr_err("heap '%s': size '%s' exceeds the memory of the system, %lu KiB\n",
		       heap->name, text, totalram_pages() << (PAGE_SHIFT - 10));
		return -EINVAL;
	}
	heap->limit = DIV_ROUND_UP_ULL(size << shift, PAGE_SIZE);
	return 0;
bad:
	pr_err("heap '%s': invalid size '%s': expected a size such as 64M\n", heap->name, text);
	return -EINVAL;
}

static int parse_errno(const char *text, int *error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errno_names); i++) {
		if (strcmp(text, errno_names[i].name))
			continue;
		*error = errno_names[i].error;
		return 0;
	}
	/* Values from 512 on are internal to the kernel and must not reach user space. */
	if (kstrtoint(text, 0, error) || *error < 1 || *error >= 512)
		return -EINVAL;
	return 0;
}

static const char *expected_value(const char *key)
{
	if (!strcmp(key, "errno"))
		return "a name such as ENOMEM or a number from 1 to 511";
	if (!strcmp(key, "delay"))
		return "a number of milliseconds from 0 to 3600000";
	return strcmp(key, "every") ? "a number of at least 0" : "a number of at least 1";
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
		pr_err("heap '%s': invalid value '%s' for option '%s': expected %s\n",
		       heap->name, value, key, expected_value(key));
	else if (!faults->every && strcmp(key, "delay"))
		/* after= and errno= imply every=1. */
		faults->every = 1;
	return ret ? -EINVAL : 0;
bad:
	pr_err("heap '%s': unknown option '%s': expected after=, every=, errno= or delay=\n",
	       heap->name, key);
	return -EINVAL;
}

/*
 * Parses the kind @text. If the kind is "faulty", also parses the name of the fault, and removes it
 * from @rest, the text after @text.
 */
static int parse_kind(struct sim_heap *heap, const char *text, char **rest)
{
	const char *fault = strcmp(text, "faulty") ? NULL : strsep(rest, ":");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(text, kinds[i].name) ||
		    (kinds[i].fault && (!fault || strcmp(fault, kinds[i].fault))))
			continue;
		heap->kind = &kinds[i];
		heap->faults.every = kinds[i].fails;
		heap->faults.delay_ms = kinds[i].delay_ms;
		return 0;
	}
	if (fault)
		pr_err("heap '%s': unknown fault '%s': expected zero, size, flags, leak, mmap, sync or errno\n",
		       heap->name, fault);
	else
		pr_err("heap '%s': unknown kind '%s': expected protected, carveout, failing, slow or faulty:FAULT\n",
		       heap->name, text);
	return -EINVAL;
}

static int parse_heap(struct sim_heap *heap, char *text)
{
	char *name = strsep(&text, ":");
	char *word;
	int ret;

	if (!is_valid_name(name)) {
		pr_err("invalid heap name '%s': expected a file name of 1 to 63 bytes without control characters, '%%' or '!'\n",
		       name);
		return -EINVAL;
	}
	strscpy(heap->name, name, sizeof(heap->name));

	heap->faults.error = ENOMEM;
	heap->limit = SIZE_DEFAULT >> PAGE_SHIFT;
	heap->kind = &kinds[0];
	word = strsep(&text, ":");
	if (word) {
		ret = parse_kind(heap, word, &text);
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

static int parse_and_add_heap(struct list_head *heaps, char *text)
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
		pr_err("heap '%s': name given twice\n", heap->name);
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
 * sim_parse_heaps() - parse a list of heaps
 * @text: list in the format of the parameter "heaps"
 * @heaps: empty list, to which the function adds one &struct sim_heap for each heap
 *
 * The caller frees the heaps with sim_free_heaps(). On error, @heaps is empty. On -EINVAL, the
 * kernel log contains the reason.
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
		/* Allow a semicolon after the last heap. */
		if (*word || rest)
			ret = parse_and_add_heap(heaps, word);
	if (!ret && list_empty(heaps)) {
		pr_err("no heap given: expected NAME[:KIND[:SIZE]][:OPTION=VALUE]...\n");
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
