// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "allocations.h"
#include "callsites.h"
#include "hooks.h"
#include "opens.h"
#include "probes.h"
#include "references.h"
#include "symbols.h"
#include "text.h"

/* What the probes see; functions of different names may show the same. */
enum part {
	PART_OPEN = BIT(0),
	PART_CLOSE = BIT(1),
	PART_IOCTL = BIT(2),
	PART_EXPORT = BIT(3),
	PART_RELEASE = BIT(4),
	PART_FIND = BIT(5),
	PART_PUT = BIT(6),
	PART_KALLOC = BIT(7),
};

enum state { STATE_MISSING, STATE_REFUSED, STATE_ATTACHED, STATE_GONE, STATE_SPARE };

static const char * const state_names[] = {
	[STATE_MISSING] = DMAHEAP_DEBUG_STATE_MISSING,
	[STATE_REFUSED] = DMAHEAP_DEBUG_STATE_REFUSED,
	[STATE_ATTACHED] = DMAHEAP_DEBUG_STATE_ATTACHED,
	[STATE_GONE] = DMAHEAP_DEBUG_STATE_GONE,
	[STATE_SPARE] = DMAHEAP_DEBUG_STATE_SPARE,
};

/**
 * struct probe - a function to watch
 * @symbol: its name
 * @figures: that are short without it, for people
 * @part: that it shows
 * @once: not wanted when another shows the same
 * @hook: that the function may be watched by instead, at less cost
 * @pre: for a function whose entry says all; needs no room to be had
 * @entry: for the others
 * @back: their return
 * @data: that they keep from one to the other
 * @state: see above
 * @hooked: attached by @hook, else by @probe
 * @error: why the kernel refused
 * @address: of the function when attached
 * @since: when it was attached, monotonic nanoseconds
 * @missed: by earlier lives of the probe
 * @probe: the kernel's; only its kprobe is used with @pre
 * @module: that the function is in
 */
struct probe {
	const char *symbol;
	const char *figures;
	enum part part;
	bool once;
	enum hook hook;
	kprobe_pre_handler_t pre;
	kretprobe_handler_t entry;
	kretprobe_handler_t back;
	size_t data;
	enum state state;
	bool hooked;
	int error;
	unsigned long address;
	u64 since;
	u64 missed;
	struct kretprobe probe;
	char module[MODULE_NAME_LEN];
};

/*
 * In this order, so that nothing is seen to begin whose end could be missed:
 * what gives back comes before what gets. They are detached the other way
 * round.
 */
static struct probe probes[] = {
	{ "dma_buf_release", "frees,older,live", PART_RELEASE, false, HOOK_RELEASE, release_entry },
	{ "dma_buf_file_release", "frees,older,live", PART_RELEASE, true, HOOK_NONE,
	  file_release_entry },
	{ "dma_buf_export", "alloc_bytes,live", PART_EXPORT, false, HOOK_EXPORT, NULL,
	  export_entry, export_return, sizeof(struct allocation_call) },
	{ "dma_heap_ioctl", "allocs,live", PART_IOCTL, false, HOOK_IOCTL, NULL,
	  ioctl_entry, ioctl_return, sizeof(struct allocation_call) },
	{ "dma_heap_buffer_alloc", "kallocs", PART_KALLOC, false, HOOK_NONE, NULL,
	  kalloc_entry, kalloc_return, sizeof(struct allocation_call) },
	{ "dma_heap_bufferfd_alloc", "kallocs", PART_KALLOC, false, HOOK_NONE, NULL,
	  kalloc_entry, kalloc_fd_return, sizeof(struct allocation_call) },
	{ "dma_heap_put", "puts,refs", PART_PUT, false, HOOK_NONE, NULL,
	  put_entry, put_return, sizeof(struct put_call) },
	{ "dma_heap_find", "finds,misses,refs", PART_FIND, false, HOOK_NONE, NULL,
	  find_entry, find_return, sizeof(struct find_call) },
	{ "dma_heap_find_by_name", "finds,misses,refs", PART_FIND, false, HOOK_NONE, NULL,
	  find_entry, find_return, sizeof(struct find_call) },
	{ "cdev_put", "closes", PART_CLOSE, false, HOOK_NONE, NULL,
	  close_entry, close_return, sizeof(struct close_call) },
	{ "dma_heap_open", "opens,closes", PART_OPEN, false, HOOK_NONE, NULL,
	  open_entry, open_return, sizeof(struct open_call) },
};

/* Protects the table's changing parts; never taken in a probe. */
static DEFINE_MUTEX(probes_lock);
/* Parts shown since the module came, also if that has ended. */
static unsigned int parts_seen;
/* Of the missed hits, those before the last reset. */
static u64 missed_before;
static int probes_maxactive;

/**
 * probes_count - whether somebody counts a figure
 * @figure: a group of them
 *
 * Returns: false when 0 would be a guess.
 */
bool probes_count(enum figure figure)
{
	static const unsigned int needed[] = {
		[FIGURE_FINDS] = PART_FIND,
		[FIGURE_PUTS] = PART_PUT,
		[FIGURE_REFS] = PART_FIND | PART_PUT,
		[FIGURE_OPENS] = PART_OPEN,
		[FIGURE_CLOSES] = PART_OPEN | PART_CLOSE,
		[FIGURE_ALLOCS] = PART_IOCTL,
		[FIGURE_BYTES] = PART_IOCTL | PART_EXPORT,
		[FIGURE_KALLOCS] = PART_KALLOC,
		[FIGURE_LIVE] = PART_IOCTL | PART_EXPORT | PART_RELEASE,
		[FIGURE_FREES] = PART_RELEASE,
	};

	if (figure == FIGURE_CLOSES && !closes_proven())
		return false;
	return !(needed[figure] & ~READ_ONCE(parts_seen));
}

static u64 missed(const struct probe *probe)
{
	u64 now = probe->missed;

	if (probe->state == STATE_ATTACHED && !probe->hooked)
		now += probe->probe.nmissed + probe->probe.kp.nmissed;
	return now;
}

static int attach_probe(struct probe *probe)
{
	struct kretprobe *rp = &probe->probe;

	memset(rp, 0, sizeof(*rp));
	rp->kp.symbol_name = probe->symbol;
	if (probe->pre) {
		rp->kp.pre_handler = probe->pre;
		return register_kprobe(&rp->kp);
	}
	rp->entry_handler = probe->entry;
	rp->handler = probe->back;
	rp->data_size = probe->data;
	rp->maxactive = probes_maxactive;
	return register_kretprobe(rp);
}

/* Whatever the reason why a hook is refused, a probe may still be had. */
static int attach_somehow(struct probe *probe)
{
	unsigned long address = probe->hook == HOOK_NONE ? 0 : symbol_address(probe->symbol);
	int ret;

	probe->hooked = address && !hook_attach(probe->hook, address);
	if (probe->hooked) {
		probe->address = address;
		return 0;
	}
	ret = attach_probe(probe);
	probe->address = (unsigned long)probe->probe.kp.addr;
	return ret;
}

static void attach(struct probe *probe, struct symbol *symbol)
{
	lockdep_assert_held(&probes_lock);
	if (probe->once && parts_seen & probe->part) {
		probe->state = STATE_SPARE;
		return;
	}
	probe->error = attach_somehow(probe);
	if (probe->error) {
		if (probe->state != STATE_GONE || probe->error != -ENOENT)
			probe->state = probe->error == -ENOENT ? STATE_MISSING : STATE_REFUSED;
		return;
	}
	symbol_at(symbol, probe->address);
	strscpy(probe->module, symbol->module, sizeof(probe->module));
	probe->since = ktime_get_ns();
	probe->state = STATE_ATTACHED;
	WRITE_ONCE(parts_seen, parts_seen | probe->part);
}

static int attach_missing(void)
{
	struct symbol *symbol = kmalloc(sizeof(*symbol), GFP_KERNEL);
	unsigned int i;

	if (!symbol)
		return -ENOMEM;
	mutex_lock(&probes_lock);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (probes[i].state != STATE_ATTACHED)
			attach(&probes[i], symbol);
	}
	mutex_unlock(&probes_lock);
	kfree(symbol);
	return 0;
}

static void detach(struct probe *probe)
{
	lockdep_assert_held(&probes_lock);
	probe->missed = missed(probe);
	probe->state = STATE_GONE;
	if (probe->hooked)
		hook_detach(probe->hook);
	else if (probe->pre)
		unregister_kprobe(&probe->probe.kp);
	else
		unregister_kretprobe(&probe->probe);
}

static void detach_from(struct module *module)
{
	unsigned int i;

	mutex_lock(&probes_lock);
	for (i = ARRAY_SIZE(probes); i-- > 0;) {
		if (probes[i].state == STATE_ATTACHED &&
		    within_module(probes[i].address, module))
			detach(&probes[i]);
	}
	mutex_unlock(&probes_lock);
}

static int module_changed(struct notifier_block *block, unsigned long action, void *data)
{
	switch (action) {
	case MODULE_STATE_COMING:
		if (attach_missing())
			pr_warn("no memory to look at a new module\n");
		break;
	case MODULE_STATE_GOING:
		detach_from(data);
		callsites_forget_module(data);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = { .notifier_call = module_changed };

int probes_init(int maxactive)
{
	int ret;

	probes_maxactive = maxactive;
	closes_init();
	references_init();
	ret = register_module_notifier(&module_notifier);
	if (ret)
		return ret;
	ret = attach_missing();
	if (ret)
		unregister_module_notifier(&module_notifier);
	return ret;
}

/* When it returns, no handler runs or will, nor anything that one has begun. */
void probes_exit(void)
{
	struct kretprobe *returning[ARRAY_SIZE(probes)];
	struct kprobe *plain[ARRAY_SIZE(probes)];
	unsigned int i, returns = 0, plains = 0;

	unregister_module_notifier(&module_notifier);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (probes[i].state != STATE_ATTACHED)
			continue;
		if (probes[i].hooked)
			hook_detach(probes[i].hook);
		else if (probes[i].pre)
			plain[plains++] = &probes[i].probe.kp;
		else
			returning[returns++] = &probes[i].probe;
	}
	/* One by one, each would wait for all CPUs. */
	unregister_kretprobes(returning, returns);
	unregister_kprobes(plain, plains);
	hooks_exit();
}

static u64 missed_total(void)
{
	u64 total = operations_lost();
	unsigned int i;

	lockdep_assert_held(&probes_lock);
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		total += missed(&probes[i]);
	return total;
}

/* Calls since the last reset that no handler saw: the figures may be short by these. */
u64 probes_missed(void)
{
	u64 total;

	mutex_lock(&probes_lock);
	total = missed_total() - missed_before;
	mutex_unlock(&probes_lock);
	return total;
}

void probes_reset(void)
{
	mutex_lock(&probes_lock);
	missed_before = missed_total();
	mutex_unlock(&probes_lock);
}

static void show(struct seq_file *file, const struct probe *probe)
{
	bool attached = probe->state == STATE_ATTACHED;
	bool ever = attached || probe->state == STATE_GONE;

	seq_printf(file, DMAHEAP_DEBUG_REC_PROBE " symbol=%s state=%s", probe->symbol,
		   state_names[probe->state]);
	if (attached)
		text_put_name(file, "module", probe->module);
	else
		seq_puts(file, " module=" DMAHEAP_DEBUG_ABSENT);
	text_put_figure(file, "since", probe->since, attached);
	text_put_figure(file, "missed", missed(probe), ever);
	text_put_figure(file, "errno", -probe->error, probe->state == STATE_REFUSED);
	seq_printf(file, " figures=%s\n", probe->figures);
}

void probes_show(struct seq_file *file)
{
	unsigned int i;

	mutex_lock(&probes_lock);
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		show(file, &probes[i]);
	mutex_unlock(&probes_lock);
}
