#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Access to the server: users, TLS, headers, limits, the sockets that it listens at, and
# the system calls that it has left.
# shellcheck disable=SC2016,SC2317 # a hash begins with a dollar sign; what until_true calls
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
# shellcheck source=user/t/cli/server.sh
. "$here/server.sh"
v7scope=$bin/fake
seccomp=$(grep -c '^Seccomp_filters:' /proc/self/status)
config=$tmp/web.yml
# alice:secret, of the least cost
alice='  alice: $2y$04$DWvECn4KMl7ik6q85lmmbOk4fBCZBhPb/QCgS7Rf.M7yw5RB/D0qC'
everything='/ /metrics /api/v1/snapshot /api/v1/history /-/healthy /-/ready'

# code CURL-ARGS...: the status of the answer
code() {
	curl -s --max-time 30 -o "$tmp/out" -D "$tmp/headers" -w '%{http_code}' "$@"
}

# gives NAME STATUS CURL-ARGS...
gives() {
	gives_name=$1 gives_status=$2
	shift 2
	got=$(code "$@")
	echo "status $got" >"$tmp/err"
	check "$gives_name" [ "$got" = "$gives_status" ]
}

# has_header NAME HEADER: the last answer has it, once
has_header() {
	tr -d '\r' <"$tmp/headers" >"$tmp/err"
	check "$1" [ "$(grep -icx "$2" "$tmp/err")" -eq 1 ]
}

# refuses NAME STATUS PATTERN ARGS...: one line on stderr that has PATTERN
refuses() {
	refuses_name=$1 refuses_status=$2 pattern=$3
	shift 3
	run timeout 20 "$v7scope" serve "$@"
	[ $status -eq "$refuses_status" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "$pattern" "$tmp/err"
	ok $? "$refuses_name"
}

# Without a configuration, no credentials are required.
start
for path in $everything; do
	gives "no config: $path" 200 "$url$path"
done
check "a system call filter is on" [ "$(of Seccomp)" = "$([ "$seccomp" -eq 1 ] && echo 2)" ]
check "no new privileges" [ "$(of NoNewPrivs)" = 1 ]
check "no capabilities" [ "$(of CapEff) $(of CapPrm)" = "0000000000000000 0000000000000000" ]
# rebound NAME: a page of this name, which now has our address
rebound() {
	rebound_name=$1
	shift
	code --resolve "$rebound_name:$port:127.0.0.1" "$@" "${url%%:*}://$rebound_name:$port/metrics"
}
for host in localhost LocalHost localhost. "127.0.0.1:$port" 192.0.2.7:1 '[::1]' "[::1]:$port" '[fe80::1%25eth0]:80' localhost:; do
	gives "accepted: Host $host" 200 -H "Host: $host" "$url/metrics"
done
for host in rebound.example 127.0.0.1.rebound.example localhost.rebound.example xlocalhost 2130706433 0x7f.1 127.1 "$(hostname)x"; do
	gives "refused: Host $host" 403 -H "Host: $host" "$url/metrics"
done
for host in '[::1' '[127.0.0.1]' '[rebound.example]' localhost:x localhost:80:80 'local host' .localhost . ::1 localhost:99999 'localhost,x'; do
	gives "malformed Host: $host" 400 -H "Host: $host" "$url/metrics"
done
gives "no Host header" 400 -H Host: "$url/metrics"
gives "no Host header in HTTP/1.0" 200 --http1.0 -H Host: "$url/metrics"
for path in $everything /api/v1/stream /nothing; do
	gives "a Host of another domain is refused (DNS rebinding): $path" 403 -H "Host: rebound.example" "$url$path"
done
is "$(rebound rebound.example)" 403 "a page of a name that was rebound reads nothing"
is "$(cat "$tmp/out")" "host 'rebound.example' is not allowed: ask for an IP address of this server, or start serve with --web.allowed-hosts rebound.example" "403 names the remedy"
check "the log mentions the refused Host once" [ "$(grep -c 'refused a request: host .* is not allowed: ask for an IP address' "$tmp/log")" -eq 1 ]
refuses "an address that is in use is refused" 1 'in use; run .ss -ltnp. to find' --web.listen-address "127.0.0.1:$port"
stop "serve ends after the refused requests"
start --web.allowed-hosts 'Board.example,*.lan'
for host in board.example BOARD.example:80 a.lan a.b.lan. localhost; do
	gives "hosts: $host" 200 -H "Host: $host" "$url/metrics"
done
for host in a.board.example xboard.example lan xlan rebound.example; do
	gives "hosts: not $host" 403 -H "Host: $host" "$url/metrics"
done
is "$(rebound board.example) $(rebound other.example)" "200 403" "hosts: a name that is listed, and one that is not"
stop "hosts: serve ends"
start --web.allowed-hosts '*'
gives "hosts: any" 200 -H "Host: anything.example" "$url/metrics"
stop "hosts: any: serve ends"
start --sandbox off
check "--sandbox off: no system call filter" [ "$(of Seccomp)" = 0 ]
stop "--sandbox off: serve ends"
start --sandbox require
check "--sandbox require: a system call filter" [ "$(of Seccomp)" = 2 ]
stop "--sandbox require: serve ends"
refuses "addresses and systemd's sockets" 2 "use either" --web.systemd-socket --web.listen-address :0
refuses "no sockets of systemd's" 1 "passed no sockets" --web.systemd-socket

# Each address of this machine, however that is written.
any_is_up() {
	port=$(sed -n 's|.*//\[::\]:\([0-9]*\)/$|\1|p' "$tmp/log")
	[ -n "$port" ] && curl -s -o /dev/null "http://127.0.0.1:$port/-/ready"
}
if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
	for any in '[::]:0' ':0'; do
		"$v7scope" serve --web.listen-address "$any" >"$tmp/server" 2>"$tmp/log" &
		server=$!
		until_true 60 any_is_up
		gives "$any: IPv4" 200 "http://127.0.0.1:$port/-/ready"
		gives "$any: IPv6" 200 -g "http://[::1]:$port/-/ready"
		stop "$any: serve ends"
	done
else
	skip "[::]:0 serves IPv4 and IPv6" "this machine has no IPv6"
fi

# Users.
{ echo basic_auth_users:; echo "$alice"; } >"$config"
start --web.config.file "$config"
for path in $everything /api/v1/stream /nothing; do
	gives "users: 401 without credentials: $path" 401 "$url$path"
done
has_header "users: 401 names the scheme" 'www-authenticate: Basic realm="v7scope", charset="UTF-8"'
check "users: 401 has no other content" [ "$(cat "$tmp/out")" = unauthorized ]
gives "users: a wrong password" 401 -u alice:wrong "$url/metrics"
# The wait after the wrong password must be over.
is_alice() { [ "$(code -u alice:secret "$url/metrics")" = 200 ]; }
until_true 20 is_alice
ok $? "users: the right password"
for path in $everything; do
	gives "users: the right password again: $path" 200 -u alice:secret "$url$path"
done
gives "users: another user with the same password is refused" 401 -u bob:secret -H 'X: a' "$url/metrics"
[ "$(code -u alice:wrong "$url/metrics")" != 200 ] && [ "$(code -u : "$url/metrics")" != 200 ] &&
	[ "$(code -H 'Authorization: Bearer secret' "$url/metrics")" = 401 ] &&
	[ "$(code "http://alice@127.0.0.1:$port/metrics")" != 200 ]
ok $? "users: other credentials are refused"
gives "users: 401 for POST, too" 401 -X POST "$url/metrics"

# Guesses get at most half of the time; alice, who is known, does not wait for them.
for i in 1 2 3 4 5 6 7 8; do
	code -u "bob:$i" --next -o /dev/null -u "bob:$i$i" "$url/" "$url/" >>"$tmp/guesses" 2>/dev/null
	gives "users: alice is let in while others guess" 200 -u alice:secret "$url/-/ready"
done

# It is read again when it changes.
sleep 1
{ echo basic_auth_users:; echo "$alice" | sed s/alice/carol/; } >"$config"
reread() { grep -q 'reloaded' "$tmp/log" || { curl -s -o /dev/null "$url/"; false; }; }
until_true 20 reread
ok $? "the config: it is read again"
# After a wrong password, an address waits for a second.
is_out() { [ "$(code -u alice:secret "$url/")" = 401 ]; }
check "the config: a removed user is refused" until_true 20 is_out
is_in() { [ "$(code -u carol:secret "$url/")" = 200 ]; }
until_true 20 is_in
ok $? "the config: a new user gets in"
echo 'basic_auth_users: [' >"$config"
told() { grep -q "$1" "$tmp/log" || { curl -s -o /dev/null "$url/"; false; }; }
until_true 20 told 'the previous configuration stays in use'
ok $? "the config: an error is reported"
gives "the config: after an error, the users stay" 200 -u carol:secret "$url/"
: >"$config"
until_true 20 told 'the users are gone'
ok $? "the config: an empty file is reported"
gives "the config: an empty file does not remove the password" 401 "$url/"
check "the config: each error is reported once" [ "$(grep -c 'stays in use' "$tmp/log")" -eq 2 ]
stop "the config: serve ends"

# One password a second is checked for an address that guesses. Other addresses get in meanwhile.
# guess SALT: the statuses of 20 guesses, one a line
guess() {
	for n in $(seq 20); do
		curl -s -o /dev/null -w '%{http_code}\n' -u "bob:$n.$$.$1" "$url/"
	done
}
{ echo basic_auth_users:; echo "$alice"; } >"$config"
start --web.config.file "$config"
before=$(date +%s)
guess 1 >"$tmp/guesses"
after=$(date +%s)
echo "# of 20 guesses, $(grep -c 401 "$tmp/guesses") were checked"
check "guesses: all of them are answered" [ "$(grep -c '401\|503' "$tmp/guesses")" -eq 20 ]
check "guesses: one a second is checked" [ "$(grep -c 401 "$tmp/guesses")" -le $((after - before + 2)) ]
gives "guesses: a new user at another address gets in" 200 --interface 127.0.0.2 -u alice:secret "$url/"
guess 2 >"$tmp/guesses"
gives "guesses: at the guessing address, the right password is refused, too" 503 -u alice:secret "$url/"
gives "guesses: a known user gets in from the usual address" 200 --interface 127.0.0.2 -u alice:secret "$url/"
stop "guesses: serve ends"

# A reload keeps who is known: alice's costly hash is not made again.
costly='  alice: $2b$12$veHRPEALV2xmIhXlFZWdBeQqyiX/MEMFzLpZrvaxMcK5z/opqpmmq'
{ echo basic_auth_users:; echo "$costly"; } >"$config"
start --web.config.file "$config"
gives "reload: alice" 200 -u alice:secret "$url/"
echo '# changed' >>"$config"
until_true 20 reread
ok $? "reload: the config is read again"
bob_then_alice() {
	curl -s -o /dev/null -w '%{http_code} ' --interface 127.0.0.2 -u bob:x "$url/" --next -o /dev/null -w '%{http_code} ' \
		--interface 127.0.0.1 -u alice:secret "$url/" >"$tmp/out"
	grep -q '401 200 ' "$tmp/out"
}
until_true 30 bob_then_alice
ok $? "reload: alice gets in without a new check of the password"
stop "reload: serve ends"

# Configurations that v7scope refuses.
echo 'tls_server_config: {}' >"$config"
refuses "an error in the config is reported with its line" 1 "web.yml:1: .*no cert_file" --web.config.file "$config" --web.listen-address :0
printf 'http_server_config:\n  http2: true\n' >"$config"
refuses "an unsupported option is reported with its line" 1 "web.yml:2: http2: " --web.config.file "$config" --web.listen-address :0
refuses "no such file" 2 "a readable file" --web.config.file /no/such

# Headers, and a limit.
printf '%s\n' http_server_config: '  headers:' '    X-Frame-Options: deny' '    X-Content-Type-Options: nosniff' \
	'    Strict-Transport-Security: max-age=60' "    Content-Security-Policy: \"default-src 'none'\"" \
	rate_limit: '  interval: 100s' '  burst: 3' >"$config"
start --web.config.file "$config"
gives "a request within the rate limit" 200 "$url/"
has_header "a header" "x-frame-options: deny"
has_header "a header that we send anyway" "x-content-type-options: nosniff"
has_header "a header that the page has of its own" "content-security-policy: default-src 'none'"
code "$url/" >/dev/null
gives "a request over the rate limit" 429 "$url/"
has_header "429 has Retry-After" "retry-after: \(100\|[2-9][0-9]\)"
stop "headers: serve ends"

# TLS.
if [ "${with_tls:-1}" -ne 1 ]; then
	printf 'tls_server_config:\n  cert_file: a\n  key_file: b\n' >"$config"
	refuses "no TLS in this build" 1 "web.yml:2: .*without TLS" --web.config.file "$config" --web.listen-address :0
	done_testing
fi

# key NAME: NAME.key, and NAME.crt that it signed itself
key() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$tmp/$1.key" \
		-out "$tmp/$1.crt" -subj "/CN=$1" -addext "subjectAltName=IP:127.0.0.1,DNS:$1.example" >"$tmp/openssl" 2>&1
}

# tls LINE...: the config, with what else stands in it
tls() {
	printf '%s\n' 'tls_server_config:' '  cert_file: server.crt' '  key_file: server.key' "$@" >"$config"
}

# not NAME PATTERN LINE...: such a config is refused
not() {
	not_name=$1 not_pattern=$2
	shift 2
	tls "$@"
	refuses "TLS: $not_name" 1 "web.yml:[0-9]*: .*$not_pattern" --web.config.file "$config" --web.listen-address :0
}

s_client() {
	openssl s_client -connect "127.0.0.1:$port" -CAfile "$tmp/server.crt" "$@" </dev/null >"$tmp/out" 2>"$tmp/err"
}

# fails NAME S_CLIENT-ARGS...: no connection comes about
fails() {
	fails_name=$1
	shift
	s_client "$@"
	status=$?
	check "$fails_name" [ $status -ne 0 ]
}

# known NAME STATUS CURL-ARGS...: as gives, of a server whose certificate we know
known() {
	known_name=$1 known_status=$2
	shift 2
	gives "$known_name" "$known_status" --cacert "$tmp/server.crt" "$@"
}

{ key server && key client && key other; } || bail "no keys: $(cat "$tmp/openssl")"
tls
start --web.config.file "$config"
check "TLS: the log names https" grep -q "serving at https://127" "$tmp/log"
for path in $everything; do
	known "TLS: $path" 200 "$url$path"
done
first_event() {
	timeout 2 curl -sN --cacert "$tmp/server.crt" "$url/api/v1/stream" >"$tmp/out"
	grep -q '^event: snapshot' "$tmp/out"
}
known "TLS: a name of the certificate" 200 --resolve "server.example:$port:127.0.0.1" "https://server.example:$port/metrics"
known "TLS: another name" 403 -H "Host: other.example" "$url/metrics"
check "TLS: /api/v1/stream" until_true 10 first_event
check "TLS: a system call filter is on" [ "$(of Seccomp)" = "$([ "$seccomp" -eq 1 ] && echo 2)" ]
gives "TLS: no response to plain HTTP" 000 "http://127.0.0.1:$port/"
check "TLS 1.3" s_client -tls1_3
check "TLS 1.2" s_client -tls1_2
fails "not TLS 1.1" -tls1_1 -cipher ALL:@SECLEVEL=0
fails "no cipher without encryption or authentication" -tls1_2 -cipher NULL,aNULL:@SECLEVEL=0
s_client -alpn h2
check "no HTTP/2" grep -q 'No ALPN negotiated' "$tmp/out"
# A new certificate is there at the next connection.
key new
cp "$tmp/new.crt" "$tmp/server.crt"
cp "$tmp/new.key" "$tmp/server.key"
changed() {
	[ "$(code --cacert "$tmp/new.crt" "$url/")" = 200 ]
}
until_true 20 changed
ok $? "TLS: a new certificate"
: >"$config"
until_true 20 told 'TLS is gone'
ok $? "TLS: an empty config is reported"
known "TLS: an empty config does not remove TLS" 200 "$url/"
stop "TLS: serve ends"

# Not an error, but told.
chmod o+r "$tmp/server.key"
cp "$tmp/server.crt" "$tmp/valid.crt"
{ openssl req -new -key "$tmp/server.key" -subj /CN=old -out "$tmp/old.csr" &&
	openssl x509 -req -in "$tmp/old.csr" -signkey "$tmp/server.key" -days -1 -out "$tmp/server.crt"; } >"$tmp/openssl" 2>&1 ||
	bail "no expired certificate: $(cat "$tmp/openssl")"
tls
start --web.config.file "$config"
check "TLS: an expired certificate is reported" grep -q "web.yml:2: the certificate has expired" "$tmp/log"
check "TLS: a key that all users can read is reported" grep -q "web.yml:3: every user of this machine can read the key: run .chmod o-r " "$tmp/log"
fails "TLS: no cipher suite without AEAD by default" -tls1_2 -cipher 'ECDHE+AES:!AESGCM:!AESCCM'
check "TLS: AEAD by default" s_client -tls1_2 -cipher ECDHE+AESGCM
stop "TLS: serve ends with an expired certificate"
chmod o-r "$tmp/server.key"
cp "$tmp/valid.crt" "$tmp/server.crt"
tls
start --web.config.file "$config"
check "TLS: a valid certificate and a private key need no warning" [ "$(grep -c web.yml "$tmp/log")" -eq 0 ]
stop "TLS: serve ends without a warning"

tls '  client_auth_type: RequireAndVerifyClientCert' '  client_ca_file: client.crt'
as_client="--cert $tmp/client.crt --key $tmp/client.key"
as_other="--cert $tmp/other.crt --key $tmp/other.key"
# shellcheck disable=SC2086 # these are words
{
	start --web.config.file "$config"
	known "client certificates: one" 200 $as_client "$url/"
	known "client certificates: none" 000 "$url/"
	known "client certificates: another's" 000 $as_other "$url/"
	stop "client certificates: serve ends"
	tls '  client_auth_type: VerifyClientCertIfGiven'
	# OpenSSL's name for the file of the system's CAs.
	export SSL_CERT_FILE="$tmp/client.crt" SSL_CERT_DIR="$tmp/none"
	start --web.config.file "$config"
	unset SSL_CERT_FILE SSL_CERT_DIR
	known "the system's CAs: a certificate of theirs" 200 $as_client "$url/"
	known "the system's CAs: no certificate" 200 "$url/"
	known "the system's CAs: another's certificate" 000 $as_other "$url/"
	stop "the system's CAs: serve ends"
	tls '  client_auth_type: RequireAnyClientCert' '  client_allowed_sans: [ client.example ]'
	start --web.config.file "$config"
	known "names: one that is listed" 200 $as_client "$url/"
	known "names: one that is not" 000 $as_other "$url/"
	stop "names: serve ends"
	tls '  client_auth_type: RequireAnyClientCert' '  client_allowed_sans: [ 127.0.0.1 ]'
	start --web.config.file "$config"
	known "names: an address" 200 $as_other "$url/"
	stop "names: serve ends with an address"
}
tls '  min_version: TLS13' '  cipher_suites: [ TLS_AES_256_GCM_SHA384 ]' '  curve_preferences: [ CurveP384 ]'
start --web.config.file "$config"
fails "versions: the lowest" -tls1_2
check "a cipher suite" s_client -ciphersuites TLS_AES_256_GCM_SHA384
fails "no other cipher suite" -ciphersuites TLS_AES_128_GCM_SHA256
fails "no other curve" -groups X25519
stop "versions: serve ends"
tls '  max_version: TLS12' '  cipher_suites: [ TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 ]'
start --web.config.file "$config"
fails "versions: the highest" -tls1_3
fails "versions: no other cipher suite" -cipher ECDHE-ECDSA-AES128-GCM-SHA256
check "versions: a listed cipher suite" s_client -cipher ECDHE-ECDSA-AES256-GCM-SHA384
stop "versions: serve ends with TLS 1.2"

mv "$tmp/server.key" "$tmp/kept.key"
not "no key" "cannot read the key server.key: No such file"
cp "$tmp/other.key" "$tmp/server.key"
not "a key of another" "does not match the certificate"
openssl ec -in "$tmp/kept.key" -aes128 -passout pass:x -out "$tmp/server.key" 2>/dev/null
not "a key that is encrypted" "encrypted"
echo frob >"$tmp/server.key"
not "a key that is none" "no key in PEM"
mv "$tmp/kept.key" "$tmp/server.key"
not "a suite that there is not" "cipher suite 'FROB' is unknown" '  cipher_suites: [ FROB ]'
not "a suite that is none" "cipher suite 'TLS_RSA_WITH_NULL_SHA256' is unknown or not safe" '  cipher_suites: [ TLS_RSA_WITH_NULL_SHA256 ]'
not "a suite without a certificate" "cipher suite .* not safe" '  cipher_suites: [ TLS_DH_anon_WITH_AES_128_CBC_SHA ]'
not "no suite for a version" "none for TLS 1.2" '  cipher_suites: [ TLS_AES_128_GCM_SHA256 ]'
not "a curve that there is not" "unknown curve 'P-256'" '  curve_preferences: [ P-256 ]'
not "no client CA" "RequireAndVerifyClientCert needs a client_ca_file" '  client_auth_type: RequireAndVerifyClientCert'
not "no such client CA" "cannot read the client CA" '  client_auth_type: RequireAndVerifyClientCert' '  client_ca_file: no.crt'
not "a client CA that is none" "no certificate in PEM" '  client_auth_type: RequireAndVerifyClientCert' '  client_ca_file: server.key'
mv "$tmp/server.crt" "$tmp/kept.crt"
not "no certificate" "cannot read the certificate server.crt: No such file"
cp "$tmp/server.key" "$tmp/server.crt"
not "a certificate that is none" "no certificate in PEM"
done_testing
