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

enum call { CALL_INSTALL, CALL_ALLOC, CALL_CREATE, CALL_DESTROY };

struct pending {
	__u32 call, family;
	__u32 role, fmt;
	__u64 iop;		/* struct io_pgtable; create: its cfg */
	__u64 entry;		/* install: address of the entry */
	__u64 curr;		/* install: expected old value */
	__u64 table;
	__s64 stack;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, V7S_PENDING);
	__type(key, struct frame_key);
	__type(value, struct pending);
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

/*
 * The reason why a table that is not lost is freed: map replaces it by a block,
 * or unmap removes it. Both go through the unmap code.
 */
static __always_inline __u32 freed_for(const volatile union regs *ctx)
{
	__u64 frame, caller;
	__u32 role, i;

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

/* An older page table gets its number on first use. */
static __always_inline struct pgtable *pgtable_of(__u64 iop)
{
	struct pgtable *p = bpf_map_lookup_elem(&pgtables, &iop), new = { 0 };

	if (p)
		return p;
	new.number = new_number();
	/* Its format is the first member. */
	bpf_probe_read_kernel(&new.fmt, sizeof(new.fmt), (void *)iop);
	look_at(&new, iop + kernel.at[V7S_AT_CFG]);
	/*
	 * Another CPU may have been faster: then its number is the valid one.
	 */
	bpf_map_update_elem(&pgtables, &iop, &new, BPF_NOEXIST);
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
	args[ARG_FMT] = p ? p->fmt : 0;
	args[ARG_LEVEL] = entry ? 1 : V7S_NO_LEVEL;
	args[ARG_IOVA] = iova_of(p, entry);
}

static __always_inline __s64 stack_now(void *ctx)
{
	return config.stacks || config.alarm ? stack_of(ctx) : -1;
}

/* Remember the entry of a call. */
static __always_inline int enter(void *ctx, struct pending *call)
{
	struct v7s_self *s = self();
	struct frame_key key;

	key_of(ctx, &key);
	if (!s)
		return 0;
	if (bpf_map_update_elem(&pending, &key, call, BPF_ANY))
		s->no_room++;
	else
		s->calls++;
	return 0;
}

/* Find the entry of the call that returns; false if it was missed. */
static __always_inline int leave(void *ctx, __u32 call, struct pending *to)
{
	struct v7s_self *s = self();
	struct pending *from;
	struct frame_key key;

	key_of(ctx, &key);
	if (!s)
		return 0;
	from = bpf_map_lookup_elem(&pending, &key);
	if (!from || from->call != call) {
		/* A tail call returns twice but was entered once. */
		if (call != CALL_CREATE)
			s->unmatched++;
		return 0;
	}
	*to = *from;
	bpf_map_delete_elem(&pending, &key);
	s->returns++;
	return 1;
}

/* Key of a table that lost the race and will be freed by its owner. */
static __always_inline void lost_key(struct frame_key *key, __u64 table)
{
	key->task = bpf_get_current_task();
	key->saved[0] = table;
	key->saved[1] = key->saved[2] = 0;
	key->saved[3] = ~0ULL;
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

static __always_inline int enter_install(union regs *ctx, __u32 family)
{
	struct v7s_self *s = self();
	struct pending call = {
		.call = CALL_INSTALL,
		.family = family,
		.table = arg(ctx, 0),
		.entry = arg(ctx, 1),
		.stack = stack_now(ctx),
	};

	if (s)
		s->installs++;
	/*
	 * Entries are u32 or u64. On 32-bit Arm a u64 takes two registers, so
	 * that the last argument is on the stack.
	 */
	if (family == V7S_SHORT) {
		call.curr = (__u32)arg(ctx, 2);
		call.iop = arg(ctx, 3) - kernel.at[V7S_AT_CFG];
	} else if (kernel.arm) {
		call.curr = arg(ctx, 3) << 32 | arg(ctx, 2);
		call.iop = read_pointer(arg(ctx, ARM_SP));
	} else {
		call.curr = arg(ctx, 2);
		call.iop = arg(ctx, 3);
	}
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
	struct frame_key key;
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
		lost_key(&key, call.table);
		bpf_map_update_elem(&pending, &key, &call, BPF_ANY);
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
	call.stack = stack_now(ctx);
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

SEC("kprobe")
int release(union regs *ctx)
{
	__u32 role = role_of(returns_to(ctx)), why;
	__u64 iop = arg(ctx, 2);
	struct frame_key key;
	struct v7s_self *s;
	struct pgtable *p;
	int lost;

	if (family_of(arg(ctx, 1)) == V7S_LONG)
		iop -= kernel.at[V7S_AT_CFG];
	p = pgtable_of(iop);
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
	if (role == V7S_ROLE_UNMAP) {
		lost_key(&key, arg(ctx, 0));
		lost = !bpf_map_delete_elem(&pending, &key);
	}
	why = lost ? V7S_FREE_LOST : freed_for(ctx);
	count_news(p, 0, 0, stack_now(ctx), a_free(why), 0);
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
	struct pgtable new = { 0 };
	struct pending call;
	__u64 iop, args[12];

	if (!leave(ctx, CALL_CREATE, &call))
		return 0;
	iop = arg(ctx, 0);
	if (!iop || call.role == V7S_ROLE_CREATE)
		return 0;
	/* A previous page table at that address is gone. */
	new.number = new_number();
	new.fmt = call.fmt;
	look_at(&new, call.iop);
	bpf_map_update_elem(&pgtables, &iop, &new, BPF_ANY);

	about(args, &new, 0);
	args[CREATE_IAS] = new.ias;
	args[CREATE_OAS] = new.oas;
	args[CREATE_QUIRKS] = new.quirks;
	count_from(call.stack, V7S_EVENT_CREATE, NR(create), args);
	return 0;
}

SEC("kprobe")
int destroy(union regs *ctx)
{
	struct pending call = { .call = CALL_DESTROY, .iop = arg(ctx, 0) };
	struct pgtable *p;
	__u64 args[12];

	p = bpf_map_lookup_elem(&pgtables, &call.iop);
	about(args, p, 0);
	args[CREATE_IAS] = args[CREATE_OAS] = args[CREATE_QUIRKS] = 0;
	if (p)
		p->gone = 1;
	count_from(stack_now(ctx), V7S_EVENT_DESTROY, 0, args);
	return enter(ctx, &call);
}

SEC("kretprobe")
int destroyed(union regs *ctx)
{
	struct pending call;

	if (leave(ctx, CALL_DESTROY, &call))
		bpf_map_delete_elem(&pgtables, &call.iop);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
