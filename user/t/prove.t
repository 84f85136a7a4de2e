#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The end of a long run names each test that failed, with what it said, and each that was
# skipped, with the reason.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$here/../../tools/t/tap.sh"

cat >"$tmp/planted.t" <<END
. "$here/../../tools/t/tap.sh"
ok 0 'one that passes'
echo '# of no interest'
echo 'said meanwhile' >"\$tmp/out"
is apples pears 'one that fails'
skip 'one that needs the moon' 'no moon here'
done_testing
END
"$here/../../tools/t/prove" -e sh "$tmp/planted.t" >"$tmp/run" 2>&1
is $? 1 'a test failed: status 1'
sed -n '/^Skipped/,/^$/p' "$tmp/run" | sed "s|$tmp/||" >"$tmp/end"
is "$(cat "$tmp/end")" 'Skipped: 1 test
  planted.t: one that needs the moon: no moon here
Failed:
  planted.t: 2 one that fails
    got: apples
    wanted: pears
    out: said meanwhile' 'the end says which failed and why, and which was skipped and why'
sed -n '/^Failed first:/,$p' "$tmp/run" | sed "s|$tmp/||" >"$tmp/end"
is "$(cat "$tmp/end")" 'Failed first:
  planted.t: 2 one that fails
    got: apples
    wanted: pears
    out: said meanwhile' 'the last lines say it of the first failure of each file'
done_testing
