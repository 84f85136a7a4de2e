// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts what a kernel without the series does to its page tables, by the
 * functions that its compiler left visible; see user/source/kprobe_sites.c for which these
 * are, and for what can be told by them.
 *
 * Not exact: a kprobe that is hit while another program runs on that CPU, as in
 * an interrupt, is skipped by the kernel. By the same token a row of counters
 * has one writer at a time.
 *
 * One object for all: which registers hold what is chosen by read-only data,
 * and the verifier does not look at the ways that are not taken. So are the
 * members of the kernel's structures, whose places the tool takes from BTF:
 * without BTF there is no name of a device, and nothing else changes.
 */
#include "count.h"
#include "kprobe.h"

const volatile struct v7s_kprobe_config kernel = { 0 };

#include "kprobe_regs.h"

/* A page table, by the address of what the kernel calls struct io_pgtable. */
struct pgtable {
	__u64 number;		/* our own, and never used again */
	char dev[V7S_DEV];
	__u32 fmt;
	__u32 ias, oas;		/* 0: not known, as the quirks */
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
	__u64 entry;		/* of an install: address, */
	__u64 curr;		/* and what was to be replaced */
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
 * For what a table that is not lost is freed: by who maps, to put a block in its
 * place, or by who unmaps. Both go through the code that unmaps.
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
		/* A frame: that of the caller, and the address there. */
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

/* Fills in what is known of a page table by its struct io_pgtable_cfg. */
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

/* Numbers that no other CPU gives, from 1 on. */
static __always_inline __u64 new_number(void)
{
	struct v7s_self *s = self();

	if (!s)
		return 0;
	return s->numbers++ * kernel.cpus + bpf_get_smp_processor_id() + 1;
}

/* One that was there before we came gets its number when it is first seen. */
static __always_inline struct pgtable *pgtable_of(__u64 iop)
{
	struct pgtable *p = bpf_map_lookup_elem(&pgtables, &iop), new = { 0 };

	if (p)
		return p;
	new.number = new_number();
	/* Its format is the first member. */
	bpf_probe_read_kernel(&new.fmt, sizeof(new.fmt), (void *)iop);
	look_at(&new, iop + kernel.at[V7S_AT_CFG]);
	/* Another CPU may have been faster: then its number is the one. */
	bpf_map_update_elem(&pgtables, &iop, &new, BPF_NOEXIST);
	return bpf_map_lookup_elem(&pgtables, &iop);
}

/*
 * Where an entry of a level-1 table lies in the address space. The table is as
 * large as it has to be, and aligned to its size.
 */
static __always_inline __u64 iova_of(const struct pgtable *p, __u64 entry)
{
	__u32 ias = p ? p->ias : 0;

	if (!entry || ias <= 20 || ias > 34)
		return V7S_NO_IOVA;
	return ((entry & ((4ULL << (ias - 20)) - 1)) >> 2) << 20;
}

/*
 * Without a page table it counts as other's. @entry: of a level-1 table in the
 * short format, or 0.
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

/* A call begins. */
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

/* And returns: false if it is not known to have begun. */
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
		/* Two returns of what was tail-called are one call. */
		if (call != CALL_CREATE)
			s->unmatched++;
		return 0;
	}
	*to = *from;
	bpf_map_delete_elem(&pending, &key);
	s->returns++;
	return 1;
}

/* A table is lost, and its owner is about to free it. */
static __always_inline void lost_key(struct frame_key *key, __u64 table)
{
	key->task = bpf_get_current_task();
	key->saved[0] = table;
	key->saved[1] = key->saved[2] = 0;
	key->saved[3] = ~0ULL;
}

/*
 * An event of installs, splits, frees or refusals, as count_from() has it: in one
 * number, since the verifier before v6.8 does not follow what is read from an
 * array on the stack, and may take what is true for the first of its members as
 * true for all.
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

/* One event, or two. In a loop, so that all of the counting is there only once. */
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
		/* The window of an install is not to be seen. */
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
	 * Entries are u32 or u64. On 32-bit Arm the latter take two registers,
	 * and leave the stack to the last argument.
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
	/* What makes an entry a table, in its two lowest bits. */
	table = 3;
	if (call.family == V7S_SHORT) {
		old = (__u32)old;
		table = 1;
	} else if (kernel.arm) {
		old |= arg(ctx, 1) << 32;
	}

	/* Its owner has seen no entry there, or a block to be taken apart. */
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
 * The size of a table, in the long format, or its level: no table is that small.
 * Where there is a size there is a struct io_pgtable_cfg, and with the level its
 * struct io_pgtable.
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
	/* Else it is the top level of a new page table. */
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
		/* Won, until its table is freed as a lost one. */
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
	/* What it has left goes with it. */
	if (p && p->gone)
		return 0;
	/* One that could not be made. */
	if (role == V7S_ROLE_CREATE)
		return 0;
	if (role == V7S_ROLE_NONE) {
		s = self();
		if (s)
			s->strays++;
		return 0;
	}

	/*
	 * Who maps frees nothing else. Who unmaps may seem to call what is in fact
	 * called last by a function that he calls, and so returns to him.
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
 * What there is to know is in the caller's configuration until it returns. Formats
 * are made of each other, and what counts is the outermost.
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

	/* Tail-called by another one: it returns, and is counted, as that. */
	if (call.role == V7S_ROLE_RETURN)
		return 0;
	return enter(ctx, &call);
}

/* By enum io_pgtable_fmt, which has only ever been added to. */
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
	/* Whatever was at that address before is another one. */
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
