// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts what a kernel without the series does to its page tables, with kprobes
 * on the functions that its compiler kept. See user/source/kprobe_sites.c for
 * the list and for the figures that they allow.
 *
 * The counts are not exact: the kernel skips a kprobe that is hit while another
 * program runs on that CPU, for example in an interrupt. For the same reason
 * the counters of a CPU have one writer at a time.
 *
 * There is one object for all machines: read-only data selects the registers,
 * and the verifier ignores branches that are never taken. The tool takes the
 * offsets in the kernel's structures from BTF. Without BTF the devices have no
 * names; nothing else changes.
 */
#include "count.h"
#include "kprobe.h"

const volatile struct v7s_kprobe_config kernel = { 0 };

#include "kprobe_regs.h"

/* A page table, found by the address of its struct io_pgtable. */
struct pgtable {
	__u64 number;		/* assigned by us, never reused */
	char dev[V7S_DEV];
	__u32 fmt;
	/* 0: not known, then the quirks are not known either. */
	__u32 ias, oas;
	__u64 quirks;
	__u32 gone;		/* it is being destroyed */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, V7S_PGTABLES);
	__type(key, __u64);
	__type(value, struct pgtable);
} pgtables SEC(".maps");

enum call {
	CALL_INSTALL, CALL_ALLOC, CALL_CREATE, CALL_DESTROY,
	CALL_NOTE,		/* no call: a table that may be freed as lost */
};

struct pending {
	__u32 call, family;
	__u32 role, fmt;
	__u64 iop;		/* struct io_pgtable; create: its cfg */
	__u64 entry;		/* install: address of the entry */
	__u64 curr;		/* install: expected old value */
	__u64 table;
	__s64 stack;
};

/* A call, by its task and its frame; see frame_key. */
struct slot {
	__u64 task;		/* 0: the slot is free */
	__u64 frame;
	__u64 sum;		/* of the rest */
	struct pending call;
};

/*
 * A direct-mapped array costs a fifth of a hash. Two CPUs that take one slot at
 * the same time spoil each other's call: the sum detects that, and the call
 * counts as unmatched.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, V7S_PENDING);
	__type(key, __u32);
	__type(value, struct slot);
} pending SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_self);
} selves SEC(".maps");

static __always_inline struct v7s_self *self(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&selves, &cpu);
}

/* A table that is freed because its page table is destroyed. */
enum { TEARDOWN = V7S_FREE_WHY };

/*
 * The reason why a table that is not lost is freed: map replaces it by a block,
 * unmap removes it, or its page table is destroyed. The first two go through
 * the unmap code. @role: of the caller
 */
static __always_inline __u32 freed_for(const volatile union regs *ctx,
				       __u32 role)
{
	__u64 frame, caller;
	__u32 i;

	if (role == V7S_ROLE_DESTROY)
		return TEARDOWN;
	if (kernel.arm)
		return V7S_FREE_UNMAP;
	frame = arg(ctx, ARM64_FP);
#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_FRAMES; i++) {
		/* A frame has the caller's frame, then the return address. */
		caller = read_pointer(frame + 8);
		role = role_of(caller);
		if (role == V7S_ROLE_MAP)
			return V7S_FREE_REPLACED;
		if (role == V7S_ROLE_DESTROY)
			return TEARDOWN;
		if (role != V7S_ROLE_UNMAP && role != V7S_ROLE_FREE)
			break;
		frame = read_pointer(frame);
	}
	return V7S_FREE_UNMAP;
}

/* Fill in the facts of a page table from its struct io_pgtable_cfg. */
static __always_inline void look_at(struct pgtable *p, __u64 cfg)
{
	__u64 dev;

	p->dev[0] = '-';
	if (kernel.has_sizes) {
		bpf_probe_read_kernel(&p->ias, sizeof(p->ias),
				      (void *)(cfg + kernel.at[V7S_AT_IAS]));
		bpf_probe_read_kernel(&p->oas, sizeof(p->oas),
				      (void *)(cfg + kernel.at[V7S_AT_OAS]));
		p->quirks = read_pointer(cfg + kernel.at[V7S_AT_QUIRKS]);
	}
	if (!kernel.has_dev)
		return;
	dev = read_pointer(cfg + kernel.at[V7S_AT_DEV]);
	if (!dev)
		return;
	read_dev_name(p->dev, dev, kernel.at[V7S_AT_INIT_NAME],
		      kernel.at[V7S_AT_NAME]);
}

/* Numbers from 1 on, different on every CPU. */
static __always_inline __u64 new_number(void)
{
	struct v7s_self *s = self();

	if (!s)
		return 0;
	return s->numbers++ * kernel.cpus + bpf_get_smp_processor_id() + 1;
}

/*
 * An older page table gets its number on first use. So does a page table at an
 * address of a destroyed one, if the kernel skipped the probe at its creation.
 */
static __always_inline struct pgtable *pgtable_of(__u64 iop)
{
	struct pgtable *p = bpf_map_lookup_elem(&pgtables, &iop), new = { 0 };

	if (p && !p->gone)
		return p;
	new.number = new_number();
	/* Its format is the first member. */
	if (bpf_probe_read_kernel(&new.fmt, sizeof(new.fmt), (void *)iop))
		new.fmt = V7S_NO_FMT;
	look_at(&new, iop + kernel.at[V7S_AT_CFG]);
	/*
	 * Another CPU may have been faster: then its number is the valid one.
	 */
	bpf_map_update_elem(&pgtables, &iop, &new, p ? BPF_EXIST : BPF_NOEXIST);
	return bpf_map_lookup_elem(&pgtables, &iop);
}

/*
 * IOVA of an entry in a level-1 table. The table is as large as the address
 * space requires, and aligned to its size.
 */
static __always_inline __u64 iova_of(const struct pgtable *p, __u64 entry)
{
	__u32 ias = p ? p->ias : 0;

	if (!entry || ias <= 20 || ias > 34)
		return V7S_NO_IOVA;
	return ((entry & ((4ULL << (ias - 20)) - 1)) >> 2) << 20;
}

/*
 * An event without a page table counts as other's. @entry: in a level-1 table
 * of the short format, or 0.
 */
static __always_inline void about(__u64 *args, const struct pgtable *p,
				  __u64 entry)
{
	args[ARG_DEV] = p ? (__u64)(long)p->dev : 0;
	args[ARG_PGTABLE] = p ? p->number : 0;
	args[ARG_FMT] = p ? p->fmt : entry ? V7S_FMT_V7S : V7S_NO_FMT;
	args[ARG_LEVEL] = entry ? 1 : V7S_NO_LEVEL;
	args[ARG_IOVA] = iova_of(p, entry);
}

static __always_inline __s64 stack_now(void *ctx)
{
	return config.stacks ? stack_of(ctx) : -1;
}

/* Only the split of a section can raise the alarm. */
static __always_inline __s64 stack_of_install(void *ctx, __u64 curr)
{
	return config.stacks || (config.alarm && curr) ? stack_of(ctx) : -1;
}

/* Frame of the note about a table that may be lost: no frame has this value. */
#define NOTE (~0ULL)

static __always_inline __u64 frame_of(const volatile union regs *ctx)
{
	struct frame_key key;

	key_of(ctx, &key);
	return key.saved[0] ^ key.saved[1] * 3 ^ key.saved[2] * 5 ^
	       key.saved[3] * 7;
}

static __always_inline __u64 sum_of(__u64 task, __u64 frame,
				    const struct pending *call)
{
	const __u64 *word = (const __u64 *)call;
	__u64 sum = task ^ frame;
	__u32 i;

#pragma clang loop unroll(full)
	for (i = 0; i < sizeof(*call) / sizeof(*word); i++)
		sum ^= word[i];
	return ~sum;
}

/* The slot of a call, or the one to use for it; NULL cannot happen. */
static __always_inline struct slot *slot_for(__u64 task, __u64 frame)
{
	struct slot *slot = 0, *first = 0, *unused = 0;
	__u32 from = (task >> 6) ^ (task >> 16) ^ (frame >> 4), nr, i;

#pragma clang loop unroll(disable)
	for (i = 0; i < V7S_PENDING_PROBES; i++) {
		nr = (from + i) % V7S_PENDING;
		slot = bpf_map_lookup_elem(&pending, &nr);
		if (!slot)
			return 0;
		if (slot->task == task && slot->frame == frame)
			return slot;
		if (!first)
			first = slot;
		if (!unused && !slot->task)
			unused = slot;
	}
	return unused ? unused : first;
}

/* Returns false if it took the place of another call. */
static __always_inline int put(__u64 frame, const struct pending *call)
{
	__u64 task = bpf_get_current_task();
	struct slot *slot = slot_for(task, frame);
	int evicts;

	if (!slot)
		return 0;
	evicts = slot->task && (slot->task != task || slot->frame != frame);
	slot->task = task;
	slot->frame = frame;
	slot->call = *call;
	slot->sum = sum_of(task, frame, call);
	return !evicts;
}

static __always_inline int take(__u64 frame, __u32 call, struct pending *to)
{
	__u64 task = bpf_get_current_task();
	struct slot *slot = slot_for(task, frame);

	if (!slot || slot->task != task || slot->frame != frame)
		return 0;
	*to = slot->call;
	if (to->call != call || slot->sum != sum_of(task, frame, to))
		return 0;
	slot->task = 0;
	return 1;
}

/* Remember the entry of a call. */
static __always_inline int enter(void *ctx, struct pending *call)
{
	struct v7s_self *s = self();

	/* A call that another one evicts returns unmatched. */
	if (s)
		s->calls += put(frame_of(ctx), call);
	return 0;
}

/* Find the entry of the call that returns; false if it was missed. */
static __always_inline int leave(void *ctx, __u32 call, struct pending *to)
{
	struct v7s_self *s = self();

	if (!s)
		return 0;
	if (!take(frame_of(ctx), call, to)) {
		/* A tail call returns twice but was entered once. */
		if (call != CALL_CREATE)
			s->unmatched++;
		return 0;
	}
	s->returns++;
	return 1;
}

/*
 * An install, split, free or refuse event as count_from() takes it, packed into
 * one number: before v6.8 the verifier does not track values read from an array
 * on the stack, and may apply a fact about the first element to all of them.
 */
static __always_inline __u64 news(__u64 event, __u64 nr, __u64 arg5,
				  __u64 arg6)
{
	return event << 24 | nr << 16 | arg5 << 8 | arg6;
}

static __always_inline __u64 an_install(__u64 why, __u64 outcome)
{
	return news(V7S_EVENT_INSTALL, NR(install) + why * V7S_INSTALL_OUTCOME +
		    outcome, why, outcome);
}

static __always_inline __u64 a_split(__u64 outcome)
{
	return news(V7S_EVENT_SPLIT, NR(split) + V7S_BLOCK * V7S_SPLIT_OUTCOME +
		    outcome, V7S_BLOCK, outcome);
}

static __always_inline __u64 a_nomem(void)
{
	return news(V7S_EVENT_REFUSE, NR(refuse) + V7S_REFUSE_NOMEM, 0,
		    V7S_REFUSE_NOMEM);
}

/* The page table is destroyed; it has no counter of its own. */
static __always_inline __u64 a_destroy(void)
{
	return news(V7S_EVENT_DESTROY, 0, 0, 0);
}

static __always_inline __u64 a_free(__u64 why)
{
	return news(V7S_EVENT_FREE, NR(free) + why, why, 0);
}

/* Count one event or two. A loop keeps the counting code in one place. */
static __always_inline void count_news(const struct pgtable *p, __u64 entry,
				       __u64 block_size, __s64 stack,
				       __u64 first, __u64 second)
{
	__u64 args[12], event;

	about(args, p, entry);
	args[8] = 0;
	args[9] = args[10] = ~0ULL;
	args[11] = (__u32)-1;
#pragma clang loop unroll(disable)
	do {
		here(first);
		event = first >> 24;
		if (event == V7S_EVENT_DESTROY)
			args[CREATE_IAS] = args[CREATE_OAS] = 0;
		args[5] = first >> 8 & 0xff;
		args[6] = first & 0xff;
		/* A kprobe cannot measure the window of an install. */
		args[7] = event == V7S_EVENT_INSTALL ? ~0ULL : block_size;
		count_from(stack, event, first >> 16 & 0xff, args);
		first = second;
		second = 0;
	} while (first);
}

static __always_inline void count_call(const struct pgtable *p,
				       const struct pending *call,
				       __u64 first, __u64 second)
{
	int is_short = call->family == V7S_SHORT;

	count_news(p, is_short ? call->entry : 0, is_short ? 1 << 20 : 0,
		   call->stack, first, second);
}

/*
 * Entries are u32 or u64. On 32-bit Arm a u64 takes two registers, so that the
 * last argument is on the stack.
 */
static __always_inline void read_install(union regs *ctx, __u32 family,
					 struct pending *call)
{
	call->family = family;
	call->table = arg(ctx, 0);
	call->entry = arg(ctx, 1);
	if (family == V7S_SHORT) {
		call->curr = (__u32)arg(ctx, 2);
		call->iop = arg(ctx, 3) - kernel.at[V7S_AT_CFG];
	} else if (kernel.arm) {
		call->curr = arg(ctx, 3) << 32 | arg(ctx, 2);
		call->iop = read_pointer(arg(ctx, ARM_SP));
	} else {
		call->curr = arg(ctx, 2);
		call->iop = arg(ctx, 3);
	}
	call->stack = stack_of_install(ctx, call->curr);
}

static __always_inline int enter_install(union regs *ctx, __u32 family)
{
	struct pending call = { .call = CALL_INSTALL };
	struct v7s_self *s = self();

	if (s)
		s->installs++;
	read_install(ctx, family, &call);
	return enter(ctx, &call);
}

SEC("kprobe")
int short_install(union regs *ctx)
{
	return enter_install(ctx, V7S_SHORT);
}

SEC("kprobe")
int long_install(union regs *ctx)
{
	return enter_install(ctx, V7S_LONG);
}

SEC("kretprobe")
int installed(union regs *ctx)
{
	__u32 outcome, split, why, table;
	struct v7s_self *s = self();
	struct pending call;
	struct pgtable *p;
	__u64 old;

	if (!leave(ctx, CALL_INSTALL, &call))
		return 0;
	old = arg(ctx, 0);
	/* The two lowest bits of a table entry. */
	table = 3;
	if (call.family == V7S_SHORT) {
		old = (__u32)old;
		table = 1;
	} else if (kernel.arm) {
		old |= arg(ctx, 1) << 32;
	}

	/* The owner expected no entry there, or a block to split. */
	why = call.curr ? V7S_SPLIT : V7S_MAP;
	if (old == call.curr) {
		outcome = V7S_WON;
		split = V7S_DONE;
	} else if (!old) {
		outcome = V7S_LOST_TO_EMPTY;
		split = V7S_SPLIT_GONE;
	} else if ((old & 3) == table) {
		outcome = V7S_LOST_TO_TABLE;
		split = V7S_FOUND_DONE;
	} else {
		outcome = V7S_LOST_TO_LEAF;
		split = V7S_SPLIT_GONE;
	}

	if (kernel.ranges && why == V7S_SPLIT && outcome != V7S_WON) {
		call.call = CALL_NOTE;
		put(NOTE, &call);
	}
	if (s && why == V7S_SPLIT && outcome == V7S_WON &&
	    call.family == V7S_SHORT)
		s->split_sections++;

	p = pgtable_of(call.iop);
	count_call(p, &call, an_install(why, outcome),
		   why == V7S_SPLIT ? a_split(split) : 0);
	return 0;
}

/*
 * The entry of install_table alone costs less than half of the pair. An attempt
 * counts as won, or a split as done, until the table is freed as a lost one.
 * These programs are not used if stacks or a stream are wanted.
 */
static __always_inline int count_attempt(union regs *ctx, __u32 family)
{
	struct pending call = { .call = CALL_NOTE };
	struct v7s_self *s;
	struct pgtable *p;
	__u32 cpu = bpf_get_smp_processor_id(), nr;
	__u64 args[12];

	read_install(ctx, family, &call);
	p = pgtable_of(call.iop);
	if (call.curr) {
		s = self();
		if (s && family == V7S_SHORT)
			s->split_sections++;
		put(NOTE, &call);
		count_call(p, &call, an_install(V7S_SPLIT, V7S_WON),
			   a_split(V7S_DONE));
		return 0;
	}
	args[ARG_DEV] = p ? (__u64)(long)p->dev : 0;
	args[ARG_PGTABLE] = p ? p->number : 0;
	args[ARG_FMT] = p ? p->fmt : 0;
	args[INSTALL_WINDOW] = ~0ULL;
	nr = NR(install) + V7S_MAP * V7S_INSTALL_OUTCOME + V7S_WON;
	count_table(cpu, V7S_EVENT_INSTALL, nr, args);
	if (config.tasks)
		count_task(cpu, V7S_EVENT_INSTALL, nr, args);
	return 0;
}

SEC("kprobe")
int short_attempt(union regs *ctx)
{
	return count_attempt(ctx, V7S_SHORT);
}

SEC("kprobe")
int long_attempt(union regs *ctx)
{
	return count_attempt(ctx, V7S_LONG);
}

/*
 * In the long format the argument is the size of a table, in the short format
 * its level: no table is that small. The long format also passes a struct
 * io_pgtable_cfg where the short one passes a struct io_pgtable.
 */
static __always_inline __u32 family_of(__u32 size_or_level)
{
	return size_or_level > 2 ? V7S_LONG : V7S_SHORT;
}

SEC("kprobe")
int allocate(union regs *ctx)
{
	struct pending call = {
		.call = CALL_ALLOC,
		.family = family_of(arg(ctx, 0)),
		.role = role_of(returns_to(ctx)),
		.iop = arg(ctx, 2),
	};

	if (call.family == V7S_LONG)
		call.iop -= kernel.at[V7S_AT_CFG];
	/* The only event of an installed table here is a refusal. */
	if (call.family == V7S_SHORT ? !kernel.install[V7S_SHORT] :
				       !kernel.install[V7S_LONG])
		call.stack = stack_now(ctx);
	else
		call.stack = -1;
	return enter(ctx, &call);
}

SEC("kretprobe")
int allocated(union regs *ctx)
{
	struct v7s_self *s = self();
	struct pending call;
	__u64 first, second = 0;
	__u32 why;

	if (!leave(ctx, CALL_ALLOC, &call))
		return 0;
	/* Otherwise it is the top level of a new page table. */
	if (call.role != V7S_ROLE_MAP && call.role != V7S_ROLE_UNMAP)
		return 0;
	why = call.role == V7S_ROLE_MAP ? V7S_MAP : V7S_SPLIT;
	if (arg(ctx, 0)) {
		if (call.family == V7S_SHORT ? kernel.install[V7S_SHORT] :
					       kernel.install[V7S_LONG]) {
			if (s)
				s->allocated++;
			return 0;
		}
		/* Counts as won until the table is freed as a lost one. */
		first = an_install(why, V7S_WON);
	} else {
		first = a_nomem();
		if (why == V7S_SPLIT)
			second = a_split(V7S_SPLIT_FAILED);
	}
	count_call(pgtable_of(call.iop), &call, first, second);
	return 0;
}

static __always_inline __u64 read_entry(const struct pending *note)
{
	__u64 wide = 0;
	__u32 narrow = 0;

	if (note->family == V7S_SHORT) {
		bpf_probe_read_kernel(&narrow, sizeof(narrow),
				      (void *)note->entry);
		return narrow;
	}
	bpf_probe_read_kernel(&wide, sizeof(wide), (void *)note->entry);
	return wide;
}

/*
 * Unmap frees the table of its last attempt: either the attempt was lost, and
 * the entry is what the winner wrote, or the table was installed, and unmap has
 * cleared the entry before it frees the table.
 */
static __always_inline int is_lost_split(const struct pending *note)
{
	return read_entry(note) != 0;
}

/* The split that counted as done was not; counters_late_splits() corrects it. */
static __always_inline __u64 not_done(const struct pending *note)
{
	__u64 table = note->family == V7S_SHORT ? 1 : 3;

	if (note->family == V7S_SHORT) {
		struct v7s_self *s = self();

		if (s)
			s->not_split++;
	}
	return a_split((read_entry(note) & 3) == table ? V7S_FOUND_DONE :
							 V7S_SPLIT_GONE);
}

SEC("kprobe")
int release(union regs *ctx)
{
	__u32 role = role_of(returns_to(ctx)), why;
	__u64 iop = arg(ctx, 2), first;
	struct pending note;
	struct v7s_self *s;
	struct pgtable *p;
	__u64 second = 0;
	int lost;

	if (family_of(arg(ctx, 1)) == V7S_LONG)
		iop -= kernel.at[V7S_AT_CFG];
	p = bpf_map_lookup_elem(&pgtables, &iop);
	/* The tables left in it are freed with it. */
	if (p && p->gone)
		return 0;
	/* Creation of the page table failed. */
	if (role == V7S_ROLE_CREATE)
		return 0;
	if (role == V7S_ROLE_NONE) {
		s = self();
		if (s)
			s->strays++;
		return 0;
	}

	/*
	 * Map frees only tables that lost the race. A tail call in a function
	 * called by unmap returns to unmap, so unmap may look like the caller.
	 */
	lost = role == V7S_ROLE_MAP;
	if (role == V7S_ROLE_UNMAP && take(NOTE, CALL_NOTE, &note) &&
	    note.table == arg(ctx, 0)) {
		lost = !config.late || is_lost_split(&note);
		if (lost && config.late)
			second = not_done(&note);
	}
	why = lost ? V7S_FREE_LOST : freed_for(ctx, role);
	p = pgtable_of(iop);
	first = a_free(why);
	if (why == TEARDOWN) {
		/* The entry was missed, or the map had no room. */
		if (!p)
			return 0;
		p->gone = 1;
		first = a_destroy();
	}
	count_news(p, 0, 0, stack_now(ctx), first, second);
	return 0;
}

/*
 * The configuration is the caller's until the function returns. Formats are
 * built on each other; the outermost one counts.
 */
static __always_inline int enter_create(union regs *ctx, __u32 fmt)
{
	struct pending call = {
		.call = CALL_CREATE,
		.fmt = fmt,
		.role = role_of(returns_to(ctx)),
		.iop = arg(ctx, 0),
		.stack = stack_now(ctx),
	};

	/*
	 * A tail call from another format: the outer call returns and is
	 * counted.
	 */
	if (call.role == V7S_ROLE_RETURN)
		return 0;
	return enter(ctx, &call);
}

/* Values of enum io_pgtable_fmt, which has only ever grown. */
#define CREATE(name, fmt)						\
	SEC("kprobe") int name(union regs *ctx)				\
	{								\
		return enter_create(ctx, fmt);				\
	}

CREATE(create_32_s1, 0)
CREATE(create_32_s2, 1)
CREATE(create_64_s1, 2)
CREATE(create_64_s2, 3)
CREATE(create_v7s, 4)
CREATE(create_mali, 5)

SEC("kretprobe")
int created(union regs *ctx)
{
	struct pgtable new = { 0 }, *p;
	struct pending call;
	__u64 iop, args[12];

	if (!leave(ctx, CALL_CREATE, &call))
		return 0;
	iop = arg(ctx, 0);
	if (!iop || call.role == V7S_ROLE_CREATE)
		return 0;
	/* A previous page table at that address is gone. */
	p = bpf_map_lookup_elem(&pgtables, &iop);
	if (p && !p->gone)
		count_news(p, 0, 0, -1, a_destroy(), 0);
	new.number = new_number();
	new.fmt = call.fmt;
	look_at(&new, call.iop);
	/* Without room, later events do not find the number either. */
	if (bpf_map_update_elem(&pgtables, &iop, &new, BPF_ANY))
		new.number = 0;

	about(args, &new, 0);
	args[CREATE_IAS] = new.ias ? new.ias : ~0ULL;
	args[CREATE_OAS] = new.ias ? new.oas : ~0ULL;
	args[CREATE_QUIRKS] = new.quirks;
	count_from(call.stack, V7S_EVENT_CREATE, NR(create), args);
	return 0;
}

SEC("kprobe")
int destroy(union regs *ctx)
{
	struct pending call = { .call = CALL_DESTROY, .iop = arg(ctx, 0) };
	/* An older page table may have no number yet. */
	struct pgtable *p = pgtable_of(call.iop);

	if (p)
		p->gone = 1;
	count_news(p, 0, 0, stack_now(ctx), a_destroy(), 0);
	return enter(ctx, &call);
}

SEC("kretprobe")
int destroyed(union regs *ctx)
{
	struct pending call;
	struct pgtable *p;

	if (!leave(ctx, CALL_DESTROY, &call))
		return 0;
	/* Another CPU may have created a page table at this address. */
	p = bpf_map_lookup_elem(&pgtables, &call.iop);
	if (p && p->gone)
		bpf_map_delete_elem(&pgtables, &call.iop);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
