# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# The gate: what in a kernel's log is a report of something wrong.

# One extended regular expression a line, on the line without its time stamp.
reports() {
	cat <<'EOF'
^WARNING:
(^|[ :])BUG:
kernel BUG at
^Internal error:
^Oops
Kernel panic - not syncing
[Uu]nable to handle
^Unhandled (fault|prefetch abort)
^SError Interrupt
^Bad mode in
^(rcu: )?INFO: .*(stall|possible|suspicious|non-static key|inconsistent)
INFO: task .* blocked
hard LOCKUP
rcu.*(detected|self-detected|expedited).*stall
rcu.* kthread starved
^(KASAN|KCSAN|KFENCE|UBSAN):
^BUG [^ ].* \(.*\): 
kmemleak: .*(suspected|[Uu]nknown object|by alias|Cannot |larger than|pool empty|Failed|detector disabled)
^unreferenced object 0x
DMA-API: [^:]+ [^ ]+: 
DMA-API: .*(out of memory|ENOMEM)
(TLB|PTW cache) .*timed out
CMD_SYNC timeout
page allocation failure
nobody cared
printk messages dropped
EOF
}

# races_elsewhere LOG: an expression for each race that KCSAN found in other parts of
# the kernel than page tables, their drivers and the lab's modules.
races_elsewhere() {
	tr -d '\r' <"$1" | sed -n 's/.*\(BUG: KCSAN: .*\)/\1/p' | sort -u |
		grep -vE 'v7s_|lpae_|io_pgtable|v7stress|mtk_iommu|ipmmu|msm_iommu|dmaload|planted' |
		sed 's/[][\\.*^$+?(){}|]/\\&/g; s/^/(^|[ :])/; s/$/$/'
}

# gate LOG ALLOWED: prints each report that no expression in the file ALLOWED
# names, with what the kernel says around it; status 1 if there is one.
gate() {
	{ reports; ${more_reports-:}; } >"$scratch/reports"
	# Without the time stamp and, with PRINTK_CALLER, the caller.
	sed -E 's/\r$//; s/^(\[[^]]*\])+ ?//' "$1" >"$scratch/text"
	LC_ALL=C grep -anE -f "$scratch/reports" "$scratch/text" >"$scratch/hits"
	sed 's/^[0-9]*://' "$scratch/hits" | LC_ALL=C grep -anvE -f "$2" >"$scratch/offending"
	awk -F : -v before=3 -v after=24 -v most=5 '
	FILENAME ~ /offending$/ { hit[$1] = 1; found++; next }
	FILENAME ~ /hits$/ { if (FNR in hit) at[++n] = $1; next }
	{ sub(/\r$/, ""); line[FNR] = $0; last = FNR }
	END {
		for (i = 1; i <= n && i <= most; i++) {
			if (at[i] <= shown) continue
			from = at[i] - before > shown ? at[i] - before : shown + 1
			for (l = from; l <= at[i] + after && l <= last; l++) print line[l]
			shown = l - 1
		}
		if (found > most) print "... " found " such lines in all"
		exit found > 0
	}' "$scratch/offending" "$scratch/hits" "$1"
}

valid_expression() {
	grep -E -e "$1" /dev/null >/dev/null 2>&1
	[ $? -lt 2 ]
}
