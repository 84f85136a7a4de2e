// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts and times the six io_pgtable events of the series, exactly: the kernel
 * emits each of them with local interrupts off, on one CPU.
 *
 * The arguments of a raw tracepoint are plain numbers, so nothing is relocated
 * and the kernel needs no BTF.
 */
#include "count.h"

SEC("raw_tp/io_pgtable_create")
int io_pgtable_create(struct bpf_raw_tracepoint_args *ctx)
{
	return count(ctx, V7S_CREATE, NR(create), ctx->args);
}

SEC("raw_tp/io_pgtable_destroy")
int io_pgtable_destroy(struct bpf_raw_tracepoint_args *ctx)
{
	return count(ctx, V7S_DESTROY, 0, ctx->args);
}

SEC("raw_tp/io_pgtable_install")
int io_pgtable_install(struct bpf_raw_tracepoint_args *ctx)
{
	return count(ctx, V7S_INSTALL,
		     nr_of(NR(install), ctx->args[INSTALL_WHY], V7S_INSTALL_WHY,
			   ctx->args[INSTALL_OUTCOME], V7S_INSTALL_OUTCOME),
		     ctx->args);
}

SEC("raw_tp/io_pgtable_split")
int io_pgtable_split(struct bpf_raw_tracepoint_args *ctx)
{
	return count(ctx, V7S_SPLIT_ENTRY,
		     nr_of(NR(split), ctx->args[SPLIT_KIND], V7S_SPLIT_KIND,
			   ctx->args[SPLIT_OUTCOME], V7S_SPLIT_OUTCOME),
		     ctx->args);
}

SEC("raw_tp/io_pgtable_free")
int io_pgtable_free(struct bpf_raw_tracepoint_args *ctx)
{
	return count(ctx, V7S_FREE,
		     nr_of(NR(free), 0, 1, ctx->args[FREE_WHY], V7S_FREE_WHY),
		     ctx->args);
}

SEC("raw_tp/io_pgtable_refuse")
int io_pgtable_refuse(struct bpf_raw_tracepoint_args *ctx)
{
	return count(ctx, V7S_REFUSE,
		     nr_of(NR(refuse), 0, 1, ctx->args[REFUSE_WHY],
			   V7S_REFUSE_WHY),
		     ctx->args);
}

char LICENSE[] SEC("license") = "GPL";
