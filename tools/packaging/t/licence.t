#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Each file names its licence and its owner, and the BPF programs the licence that the
# kernel asks for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
licence=$top/tools/packaging/licence

run "$licence" "$top"
ok $status "each file names its licence and its owner; if not: tools/packaging/licence --fix"

# Planted, and mended: each style of comment, an outdated identifier, a wrong one, no owner.
mkdir -p "$tmp/tree/user/man" "$tmp/tree/kernel-patch" "$tmp/tree/user/web" "$tmp/tree/kernel-patch/litmus"
cd "$tmp/tree" || bail "no folder"
echo 'int i;' >user/none.c
printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0 */' '/* A header. */' 'int i;' >user/old.h
printf '%s\n' '#!/bin/sh' '# SPDX-License-Identifier: GPL-2.0-or-later' '# Copyright (C) 2026 the v7scope authors' true >kernel-patch/wrong
printf '%s\n' '#!/bin/sh' '# SPDX-License-Identifier: GPL-2.0-or-later' true >user/unowned
printf '%s\n' "'\\\" t" '.\" SPDX-License-Identifier: GPL-2.0' '.TH X 1' >user/man/x.1
printf '%s\n' '<!DOCTYPE html>' '<title>x</title>' >user/web/x.html
printf '%s\n' 'C x' '' '(*' ' * Result: Never' ' *)' >kernel-patch/litmus/x.litmus
run "$licence" "$tmp/tree"
is "$(cut -d: -f1 "$tmp/out" | xargs)" "kernel-patch/litmus/x.litmus kernel-patch/wrong user/man/x.1 user/none.c user/old.h user/unowned user/web/x.html" "each fault is found"
is "$status" 1 "and is the exit status"
check "--fix" "$licence" --fix "$tmp/tree"
check "--fix: nothing is left to find" "$licence" "$tmp/tree"
is "$(tr '\n' '|' <user/old.h)" \
	"/* SPDX-License-Identifier: GPL-2.0-or-later */|/* Copyright (C) 2026 the v7scope authors */|/* A header. */|int i;|" "--fix: a header"
is "$(tr '\n' '|' <kernel-patch/wrong)" \
	"#!/bin/sh|# SPDX-License-Identifier: GPL-2.0-only|# Copyright (C) 2026 the v7scope authors|true|" "--fix: a script, and the kernel's licence"
is "$(head -n 1 user/man/x.1) $(head -n 1 user/web/x.html) $(sed -n '1p;4p' kernel-patch/litmus/x.litmus | xargs)" \
	"'\\\" t <!DOCTYPE html> C x * SPDX-License-Identifier: GPL-2.0-only" "--fix: a first line that must stay"
find . -type f -exec cksum {} + >"$tmp/before"
check "--fix again" "$licence" --fix "$tmp/tree"
find . -type f -exec cksum {} + | cmp -s - "$tmp/before"
ok $? "--fix again: changes nothing"

# Left behind by patch and by a merge that was not finished
git -C "$top" ls-files >"$tmp/out"
! grep -E '\.(orig|rej)$' "$tmp/out" >"$tmp/err"
ok $? "no file is left over from a patch"
git -C "$top" grep -nE '^(<<<<<<<|>>>>>>>) ' >"$tmp/out"
is $? 1 "no merge is unfinished"

for program in "$top"/bpf/*.bpf.c; do
	check "${program##*/}: the licence that the kernel asks for" grep -qxF 'char LICENSE[] SEC("license") = "GPL";' "$program"
done
done_testing
