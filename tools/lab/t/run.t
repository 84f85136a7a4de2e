#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# lab run: its inputs and its outputs.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck disable=SC2016 # the guest expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

lab run --stock -- sh -c 'echo to stdout; echo to stderr >&2; exit 7'
is "$status" 7 "the command's status"
is "$(cat "$tmp/out")" 'to stdout' 'stdout, and nothing else'
is "$(grep -v '^lab: ' "$tmp/err")" 'to stderr' 'stderr, and nothing else'

lab run --stock true
is "$status" 0 'status 0, without --'
lab run --stock -- /no/such/command
is "$status" 127 'no such command: 127'
lab run --stock -- sh -c 'kill -9 $$'
is "$status" 137 'killed by a signal: 128 and its number'
lab run --stock -- sh -c 'echo once >/dev/stdout; echo again >/dev/stdout; echo two >/dev/stderr'
is "$(cat "$tmp/out")" 'once
again' '/dev/stdout can be opened, and more than once'
lab run --stock -- cat
is "$status" 0 'stdin is empty'

nl='
'
# shellcheck disable=SC2016,SC1003 # nothing is to expand
set -- 'a b' '' "it's" '"quoted"' "two${nl}lines" "end${nl}" '$HOME `id` $(id)' '\n \\' '*' '-n' '--' 'tab	x' 'ä' '%s' ';' '&' "'"
wanted=$(printf '[%s]\n' "$@")
lab run --stock -- printf '[%s]\n' "$@"
is "$(cat "$tmp/out")" "$wanted" 'arguments arrive as they are'

mkdir "$tmp/a, dir"
echo from outside >"$tmp/a, dir/in"
lab run --stock --dir "$tmp/a, dir" -- sh -c 'pwd; cat in; echo from inside >/host/new; chmod 700 new; mkdir -p deep/er; ln -s in link'
is "$(cat "$tmp/out")" '/host
from outside' '/host: read, and the command starts there'
is "$(cat "$tmp/a, dir/new" 2>&1)" 'from inside' '/host: written'
is "$(stat -c %a "$tmp/a, dir/new") $(readlink "$tmp/a, dir/link")" '700 in' '/host: modes and links'
lab run --stock -- ls /host
is "$status $(cat "$tmp/out")" '0 ' '/host is empty without --dir'

printf '#!/bin/sh\necho tool "$@"\n' >"$tmp/a tool"
chmod +x "$tmp/a tool"
lab run --stock --tool "$tmp/a tool" -- v7scope x y
is "$(cat "$tmp/out")" 'tool x y' '--tool is v7scope in the guest'

lab run --stock -- sh -c 'for d in /proc /sys /dev /tmp /sys/kernel/tracing /sys/kernel/debug /sys/fs/bpf; do
	grep -q " $d " /proc/mounts || echo "$d is not mounted"; done
	cat /sys/kernel/tracing/current_tracer; [ -r /sys/kernel/btf/vmlinux ] && echo btf; zcat /proc/config.gz | grep PREEMPT=; nproc'
is "$(cat "$tmp/out")" 'nop
btf
CONFIG_PREEMPT=y
2' 'mounts, BTF, /proc/config.gz, two CPUs'
lab run --stock -- su nobody -s /bin/sh -c 'id -u; echo x 2>/dev/null >/sys/kernel/tracing/trace || echo refused'
is "$(cat "$tmp/out")" '65534
refused' 'a user who is not root'
for cpus in 1 4 8; do
	lab run --stock --smp $cpus -- nproc
	is "$(cat "$tmp/out")" $cpus "--smp $cpus"
done
lab run --stock --append 'v7scope_test=1 kunit.enable=1' -- cat /proc/cmdline
has "$tmp/out" ' v7scope_test=1 kunit.enable=1$' '--append'
lab run --stock --log "$tmp/log" -- sh -c 'echo into the log >/dev/kmsg'
has "$tmp/log" 'into the log' "--log has the kernel's log"
has "$tmp/log" 'Power down' '--log: to its end'

lab run --stock -- debian bpftool version
is "$status" 0 'debian: a program of the Debian tree'
has "$tmp/out" '^bpftool v' 'debian: its output'
lab run --stock -- sh -c 'debian bpftool -j prog && cd /tmp && echo here >x && debian busybox cat x'
is "$(tr -d '\n' <"$tmp/out")" '[]here' 'debian: /sys and /tmp are there, the working folder stays'
lab run --stock -- debian no-such-program
is "$status" 127 'debian: no such program'

lab run --stock -- sh -c 'dd if=/dev/zero bs=65536 count=160 2>/dev/null | tr "\0" x'
is "$(wc -c <"$tmp/out")" 10485760 '10 MiB of output arrive whole'
"$lab" run --stock -- sh -c 'yes | head -n 2000000; exit 3' 2>"$tmp/err" | head -n 1 >"$tmp/out"
is "$(cat "$tmp/out")" y 'a reader who leaves early does not stop the guest'
lab run --stock -- sh -c 'sleep 1000 & echo started'
is "$status $(cat "$tmp/out")" '0 started' 'a process left behind does not hold the end up'

# The guest tries to reach this machine by the address that it has in there, at a
# port of which it is known that somebody listens.
cat >"$tmp/answer" <<'EOF'
until [ -s port ]; do sleep 0.1; done
nc -w 3 10.0.2.2 "$(cat port)" </dev/null >/dev/null 2>&1 && reached=yes
{ printf 'HTTP/1.0 200 OK\r\n\r\n'; echo "reached ${reached-nothing}"; } | nc -l -p 80
EOF
"$lab" run --stock --dir "$tmp" --forward 0:80 --forward 0:81 -- sh answer >"$tmp/out" 2>"$tmp/err" &
pid=$!
told() { grep -q "is port $1 of the guest" "$tmp/err"; }
port_of() { sed -n "s/^lab: 127.0.0.1:\([0-9]*\) is port $1 of the guest\$/\1/p" "$tmp/err"; }
until_true 300 told 81 && until_true 300 told 80
ok $? '--forward: says which port of this machine it is'
port=$(port_of 80)
port_of 81 >"$tmp/port"
# Until the guest listens, the emulator takes the connection and drops it.
answered() { curl -s -m 60 "http://127.0.0.1:$port/" >"$tmp/answered" 2>&1; }
until_true 300 answered
is "$(cat "$tmp/answered")" 'reached nothing' '--forward: into the guest, and nothing out of it'
wait $pid
is $? 0 "--forward: the command's status"
rm -f "$tmp/up"
"$lab" run --stock --dir "$tmp" --forward 0:80 -- sh -c 'until [ -e up ]; do sleep 0.1; done' 2>"$tmp/err" &
pid=$!
until_true 300 told 80
port=$(port_of 80)
"$lab" run --stock --forward "$port:80" -- true 2>"$tmp/taken"
is $? 125 '--forward, a port that is taken: status 125'
has "$tmp/taken" "host forwarding rule .*127.0.0.1:$port-:80" '--forward, a port that is taken: says so'
touch "$tmp/up"
wait $pid
is $? 0 '--forward: a port of its own'
lab run --stock -- ls /sys/class/net
is "$(cat "$tmp/out")" lo 'no network without --forward'

lab run --stock --timeout 3 -- sh -c 'echo before; sleep 1000'
is "$status" 123 '--timeout: status 123'
is "$(cat "$tmp/out")" before '--timeout: output up to then'
has "$tmp/err" '^lab: no end after 3 s' '--timeout: says so'
lab run --stock -- poweroff -f
is "$status" 125 'no status: 125'
has "$tmp/err" 'reboot: Power down' 'no status: the end of the log'
has "$tmp/err" '^lab: the guest died' 'no status: says so'

"$lab" run --stock --dir "$tmp" -- sh -c 'echo 1 >one; until [ -e two ]; do sleep 0.1; done; exit 11' 2>"$tmp/err" &
first=$!
"$lab" run --stock --dir "$tmp" -- sh -c 'until [ -e one ]; do sleep 0.1; done; echo 2 >two; exit 12'
second=$?
wait $first
is "$? $second" '11 12' 'two at once, each waiting for the other'

# An end in the middle. The guest's own file says that it is there.
for signal in INT TERM HUP KILL; do
	rm -f "$tmp/up"
	# A shell starts what it puts into the background with INT ignored, nohup all with HUP.
	env --default-signal=INT,HUP "$lab" run --stock --dir "$tmp" -- sh -c 'echo 1 >up; sleep 1000' >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	until_true 30 [ -e "$tmp/up" ]
	ok $? "$signal: the guest is up"
	emulator=$(pgrep -f "^qemu-system.*path=$tmp,")
	folder=$(tr '\0' '\n' <"/proc/$emulator/cmdline" | sed -n 's/.*path=\(.*\)\/status$/\1/p')
	kill -$signal $pid
	wait $pid 2>/dev/null
	[ -n "$emulator" ] && until_true 10 gone "$emulator"
	ok $? "$signal: the emulator is gone"
	# Only a killed lab cannot clear its folder away; the next one does.
	[ $signal != KILL ] || lab run --stock -- true
	[ -n "$folder" ] && [ ! -e "$folder" ]
	ok $? "$signal: nothing left behind"
done
done_testing
