// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/ktime.h>
#include <linux/mutex.h>

#include "debug.h"

/* Events that the probes observe. Probes on different functions can cover the same event. */
enum event {
	EVENT_OPEN = BIT(0),
	EVENT_CDEV_RELEASE = BIT(1),
	EVENT_IOCTL = BIT(2),
	EVENT_EXPORT = BIT(3),
	EVENT_RELEASE = BIT(4),
	EVENT_FIND = BIT(5),
	EVENT_PUT = BIT(6),
	EVENT_KALLOC = BIT(7),
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
 * struct probe - probe on a kernel function
 * @symbol: name of the function
 * @figures: figures that are incomplete without this probe, for the file "probes"
 * @event: event that the probe covers
 * @alternative: do not attach this probe if another probe covers or has covered @event
 * @pre_handler: handler of a function that needs no return handler, otherwise NULL
 * @entry_handler: entry handler, if @pre_handler is NULL
 * @return_handler: return handler, if @pre_handler is NULL
 * @state: current state, see enum state
 * @error: 0 or the negative errno of the last attempt to attach
 * @address: address of the kprobe, if attached
 * @since: time at which the probe was attached, CLOCK_MONOTONIC in ns
 * @missed_hits: number of hits that the probe missed until it was last detached
 * @missed_before_reset: number of missed calls at the last reset of all figures
 * @uncounted: number of calls that the probe saw but that no figure includes
 * @probe: kretprobe; if @pre_handler is set, only its kprobe is used
 * @module: name of the module that contains the function, or SYMBOL_KERNEL
 *
 * probes_lock protects the fields from @state on, except @uncounted.
 */
struct probe {
	const char *symbol;
	const char *figures;
	enum event event;
	bool alternative;
	kprobe_pre_handler_t pre_handler;
	kretprobe_handler_t entry_handler;
	kretprobe_handler_t return_handler;
	enum state state;
	int error;
	unsigned long address;
	u64 since;
	u64 missed_hits;
	u64 missed_before_reset;
	atomic64_t uncounted;
	struct kretprobe probe;
	char module[MODULE_NAME_LEN];
};

/*
 * Probes are attached in this order, and detached in reverse order when a probed module is
 * unloaded. The probe on a release comes before the probe on the matching acquisition, so
 * that the release of each counted acquisition is counted as well.
 */
static struct probe probes[] = {
	{ "dma_buf_release", "frees,older,live", EVENT_RELEASE, false,
	  release_entry },
	{ "dma_buf_file_release", "frees,older,live", EVENT_RELEASE, true,
	  file_release_entry },
	{ "dma_buf_export", "alloc_bytes,kalloc_bytes,live", EVENT_EXPORT, false, NULL,
	  export_entry, export_return },
	{ "dma_heap_ioctl", "allocs,live", EVENT_IOCTL, false, NULL,
	  ioctl_entry, ioctl_return },
	{ "dma_heap_buffer_alloc", "kallocs", EVENT_KALLOC, false, NULL,
	  kalloc_entry, kalloc_return },
	{ "dma_heap_bufferfd_alloc", "kallocs", EVENT_KALLOC, false, NULL,
	  kalloc_entry, kalloc_fd_return },
	{ "dma_heap_put", "puts,refs", EVENT_PUT, false,
	  put_entry },
	{ "dma_heap_get", "finds,refs", EVENT_FIND, false,
	  get_entry },
	{ "dma_heap_find", "finds,misses,refs", EVENT_FIND, false, NULL,
	  find_entry, find_return },
	{ "dma_heap_find_by_name", "finds,misses,refs", EVENT_FIND, false, NULL,
	  find_entry, find_return },
	{ "cdev_default_release", "open_files", EVENT_CDEV_RELEASE, false,
	  cdev_release_entry },
	{ "dma_heap_open", "opens", EVENT_OPEN, false, NULL,
	  open_entry, open_return },
};

/*
 * Protects probes[] except @uncounted, and writes to events_covered, blind and probe_trampoline.
 * Serializes the self-tests, which change self_test_hits. Probe handlers do not take this lock.
 */
static DEFINE_MUTEX(probes_lock);
/* Events that a probe covers now or has covered since the module was loaded. */
static unsigned int events_covered;
static int probes_maxactive;
/* Number of times that the probe on self_test_target() has run. */
static unsigned int self_test_hits;
/* A self-test has failed, so calls may be missing from all figures. Never cleared. */
static bool blind;

/*
 * Addresses that replace the return address of a call while a return probe or the function graph
 * tracer waits for the call to return; 0 if unknown.
 */
static unsigned long probe_trampoline, graph_trampoline;

/* Returns its return address: the address of the kretprobe trampoline, if the probe runs. */
static noinline unsigned long self_test_target(void)
{
	/* Without the barrier, the compiler may treat the function as pure and drop a call. */
	barrier();
	return _RET_IP_;
}

static int self_test_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	WRITE_ONCE(self_test_hits, self_test_hits + 1);
	return 0;
}

static bool self_test_attached;
static struct kretprobe self_test_probe = {
	.kp.addr = (kprobe_opcode_t *)self_test_target,
	.handler = self_test_return,
	.maxactive = 1,
};

/**
 * probes_blind() - check whether the probes run
 *
 * Attached probes do not run while kprobes/enabled in debugfs is 0. On architectures whose kprobes
 * use the function tracer, such as x86, they also do not run while kernel.ftrace_enabled is 0, or
 * after an error in the function tracer. To detect such a state, this function calls
 * self_test_target(), which is also probed.
 *
 * Return: true if the probes do not run now or did not run at an earlier call. The table of live
 * buffers may then contain freed buffers, so all figures are shown as absent until the module is
 * loaded again.
 */
bool probes_blind(void)
{
	unsigned long address;
	unsigned int hits;

	mutex_lock(&probes_lock);
	hits = READ_ONCE(self_test_hits);
	address = self_test_target();
	if (READ_ONCE(self_test_hits) != hits) {
		WRITE_ONCE(probe_trampoline, address);
	} else if (!blind) {
		pr_warn("the probes do not run: no figure is reported until the module is loaded again\n");
		WRITE_ONCE(blind, true);
	}
	mutex_unlock(&probes_lock);
	/* The flag is never cleared, so the read needs no lock. */
	return READ_ONCE(blind);
}

/**
 * probes_caller_known() - check whether a return address belongs to the caller
 * @caller: return address of the call, or 0 if unknown
 *
 * Return: false if the address is unknown, or is that of the trampoline of a return probe or of the
 * function graph tracer.
 */
bool probes_caller_known(unsigned long caller)
{
	return caller && caller != READ_ONCE(probe_trampoline) && caller != graph_trampoline;
}

/* Counts the current call as missed, because no figure includes it. For use in probe handlers. */
void probes_count_missed(struct kprobe *kprobe)
{
	atomic64_inc(&container_of(kprobe, struct probe, probe.kp)->uncounted);
}

/**
 * figure_is_counted() - check whether the figures of a group are counted
 * @figure: group of figures
 *
 * Return: true if probes cover or have covered all events that the figures need, and
 * probes_blind() has never returned true. Figures that are not counted are shown as absent, not
 * as 0.
 */
bool figure_is_counted(enum figure figure)
{
	static const unsigned int needed[] = {
		[FIGURE_FINDS] = EVENT_FIND,
		[FIGURE_PUTS] = EVENT_PUT,
		[FIGURE_REFS] = EVENT_FIND | EVENT_PUT,
		[FIGURE_OPENS] = EVENT_OPEN,
		[FIGURE_FILES] = EVENT_CDEV_RELEASE,
		[FIGURE_ALLOCS] = EVENT_IOCTL,
		[FIGURE_BYTES] = EVENT_IOCTL | EVENT_EXPORT,
		[FIGURE_KALLOCS] = EVENT_KALLOC,
		[FIGURE_KALLOC_BYTES] = EVENT_KALLOC | EVENT_EXPORT,
		[FIGURE_LIVE] = EVENT_IOCTL | EVENT_EXPORT | EVENT_RELEASE,
		[FIGURE_FREES] = EVENT_RELEASE,
	};

	return !READ_ONCE(blind) && !(needed[figure] & ~READ_ONCE(events_covered));
}

static u64 probe_missed_hits(const struct probe *probe)
{
	u64 hits = probe->missed_hits;

	if (probe->state == STATE_ATTACHED)
		hits += probe->probe.nmissed + probe->probe.kp.nmissed;
	return hits;
}

/* Returns the number of calls that a probe missed or that no figure includes. */
static u64 probe_missed(const struct probe *probe)
{
	return probe_missed_hits(probe) + atomic64_read(&probe->uncounted);
}

static u64 missed_since_reset(const struct probe *probe)
{
	return probe_missed(probe) - probe->missed_before_reset;
}

static int attach_probe(struct probe *probe)
{
	struct kretprobe *rp = &probe->probe;

	memset(rp, 0, sizeof(*rp));
	rp->kp.symbol_name = probe->symbol;
	if (probe->pre_handler) {
		rp->kp.pre_handler = probe->pre_handler;
		return register_kprobe(&rp->kp);
	}
	rp->entry_handler = probe->entry_handler;
	rp->handler = probe->return_handler;
	rp->data_size = sizeof(struct call);
	rp->maxactive = probes_maxactive;
	return register_kretprobe(rp);
}

static void attach(struct probe *probe, struct symbol *symbol)
{
	lockdep_assert_held(&probes_lock);
	if (probe->alternative && events_covered & probe->event) {
		probe->state = STATE_SPARE;
		return;
	}
	probe->error = attach_probe(probe);
	if (probe->error) {
		if (probe->state != STATE_GONE || probe->error != -ENOENT)
			probe->state = probe->error == -ENOENT ? STATE_MISSING : STATE_REFUSED;
		return;
	}
	probe->address = (unsigned long)probe->probe.kp.addr;
	symbol_at(symbol, probe->address);
	strscpy(probe->module, symbol->module, sizeof(probe->module));
	probe->since = ktime_get_ns();
	probe->state = STATE_ATTACHED;
	WRITE_ONCE(events_covered, events_covered | probe->event);
}

static void attach_missing(void)
{
	/* Static, to save space on the stack. Protected by probes_lock. */
	static struct symbol symbol;
	unsigned int i;

	mutex_lock(&probes_lock);
	kernel_callers_look_up(&symbol);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (probes[i].state != STATE_ATTACHED)
			attach(&probes[i], &symbol);
	}
	mutex_unlock(&probes_lock);
}

static void detach(struct probe *probe)
{
	lockdep_assert_held(&probes_lock);
	probe->missed_hits = probe_missed_hits(probe);
	probe->state = STATE_GONE;
	if (probe->pre_handler)
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

static int module_changed(struct notifier_block *block, unsigned long action, void *module)
{
	switch (action) {
	case MODULE_STATE_COMING:
		attach_missing();
		break;
	case MODULE_STATE_LIVE:
		callsites_forget_module(module, true);
		break;
	case MODULE_STATE_GOING:
		detach_from(module);
		callsites_forget_module(module, false);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = { .notifier_call = module_changed };

static void init_self_test(void)
{
	int ret = register_kretprobe(&self_test_probe);
	struct symbol symbol;

	self_test_attached = !ret;
	if (ret)
		pr_warn("cannot attach the probe of the self-test: error %d\n", ret);
	if (symbol_find(&symbol, "return_to_handler"))
		graph_trampoline = symbol.start;
	/* The first self-test also determines the address of the kretprobe trampoline. */
	probes_blind();
}

int probes_init(int maxactive)
{
	int ret;

	probes_maxactive = maxactive;
	ret = register_module_notifier(&module_notifier);
	if (ret)
		return ret;
	init_self_test();
	attach_missing();
	return 0;
}

/* Detaches all probes. After this function returns, no handler runs. */
void probes_exit(void)
{
	struct kretprobe *kretprobes[ARRAY_SIZE(probes) + 1];
	struct kprobe *kprobes[ARRAY_SIZE(probes)];
	unsigned int i, kretprobe_count = 0, kprobe_count = 0;

	unregister_module_notifier(&module_notifier);
	if (self_test_attached)
		kretprobes[kretprobe_count++] = &self_test_probe;
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (probes[i].state != STATE_ATTACHED)
			continue;
		if (probes[i].pre_handler)
			kprobes[kprobe_count++] = &probes[i].probe.kp;
		else
			kretprobes[kretprobe_count++] = &probes[i].probe;
	}
	/* Detach all probes of a kind in one call, because each call waits for a grace period. */
	unregister_kretprobes(kretprobes, kretprobe_count);
	unregister_kprobes(kprobes, kprobe_count);
}

/*
 * Returns the number of missed calls since the last reset of all figures. A call counts as missed
 * if a probe missed it, if a handler needed the caller's address but could not determine it, or if
 * operation_start() found no free slot.
 */
u64 probes_missed(void)
{
	unsigned int i;
	u64 total = 0;

	mutex_lock(&probes_lock);
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		total += missed_since_reset(&probes[i]);
	mutex_unlock(&probes_lock);
	return total;
}

void probes_reset(void)
{
	unsigned int i;

	mutex_lock(&probes_lock);
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		probes[i].missed_before_reset = probe_missed(&probes[i]);
	mutex_unlock(&probes_lock);
}

static void show_probe(struct seq_file *file, const struct probe *probe)
{
	bool attached = probe->state == STATE_ATTACHED;
	bool was_attached = attached || probe->state == STATE_GONE;

	seq_printf(file, DMAHEAP_DEBUG_REC_PROBE " symbol=%s state=%s", probe->symbol,
		   state_names[probe->state]);
	if (attached)
		text_put_name(file, "module", probe->module);
	else
		seq_puts(file, " module=" DMAHEAP_DEBUG_ABSENT);
	text_put_figure(file, "since", probe->since, attached);
	text_put_figure(file, "missed", missed_since_reset(probe), was_attached);
	text_put_figure(file, "errno", -probe->error, probe->state == STATE_REFUSED);
	seq_printf(file, " figures=%s\n", probe->figures);
}

void probes_show(struct seq_file *file)
{
	unsigned int i;

	mutex_lock(&probes_lock);
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		show_probe(file, &probes[i]);
	mutex_unlock(&probes_lock);
}
