// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "said.h"
#include "http/webconfig.h"

#define HASH "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
#define TLS "tls_server_config:\n  cert_file: c.pem\n  key_file: k.pem\n"

static struct webconfig *parse(const char *text)
{
	struct webconfig *c;

	say_begin();
	c = webconfig_parse("dir/web.yml", text, strlen(text));
	say_end();
	return c;
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *what;
	} bad[] = {
		/* YAML */
		{ "a: [", 2, "" }, { "\ta: 1", 1, "" }, { "a: b: c", 1, "" },
		{ "%FROB", 1, "" }, { "a: *b", 1, "undefined alias" },
		{ "\xff\xfe\xff", 1, "" }, { "a: \"\\xZZ\"", 1, "" },
		{ "--- {}\n--- {}\n", 2, "one document" },
		/* Shape */
		{ "frob", 1, "must hold keys" }, { "- frob", 1, "must hold keys" },
		{ "frob: 1", 1, "no key 'frob'" }, { "~: 1", 1, "a key must be" },
		{ "? [a]\n: 1", 1, "a key must be" },
		{ "{}\n<<: {}", 2, "" }, { "a: &x {}\n<<: *x", 1, "no key 'a'" },
		{ "rate_limit: {}\nrate_limit: {}", 2, "already in line 1" },
		{ "Basic_auth_users: {}", 1, "no key 'Basic_auth_users'" },
		{ "tls_server_config: 1", 1, "must hold keys" },
		{ "tls_server_config: []", 1, "must hold keys" },
		{ "http_server_config:\n  http3: true", 2, "no key 'http3'" },
		/* TLS */
		{ "tls_server_config: {}", 1, "no cert_file" },
		{ "tls_server_config:", 1, "no cert_file" },
		{ "tls_server_config:\n  cert_file: c", 2, "no key_file" },
		{ "tls_server_config:\n  cert_file:\n  key_file: k", 2, "must be a string" },
		{ "tls_server_config:\n  cert_file: ''\n  key_file: k", 2, "empty" },
		{ "tls_server_config:\n  cert_file: [a]", 2, "must be a string" },
		{ "tls_server_config:\n  cert_file: \"a\\0b\"", 2, "NUL byte" },
		{ "tls_server_config:\n  cert_file: a\n  cert_file: b", 3, "already in line 2" },
		{ TLS "  cert: x", 4, "both set" },
		{ TLS "  key: x", 4, "both set" },
		{ TLS "  min_version: TLS10", 4, "TLS12, TLS13" },
		{ TLS "  min_version: TLS11", 4, "TLS12, TLS13" },
		{ TLS "  min_version: 12", 4, "not '12'" },
		{ TLS "  min_version: TLS13\n  max_version: TLS12", 2, "above" },
		{ TLS "  client_auth_type: frob", 4, "NoClientCert, Req" },
		{ TLS "  client_auth_type: RequireAndVerifyClientCert", 2, "needs a client_ca_file" },
		{ TLS "  client_ca_file: ca.pem", 2, "no effect" },
		{ TLS "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: x\n"
		  "  client_allowed_sans: [a]", 2, "clients without a certificate" },
		{ TLS "  client_auth_type: RequestClientCert\n"
		  "  client_allowed_sans: [a]", 2, "clients without a certificate" },
		{ TLS "  client_allowed_sans: a", 4, "must be a list" },
		{ TLS "  cipher_suites: {a: b}", 4, "must be a list" },
		{ TLS "  cipher_suites:\n  - a\n  -\n", 6, "must be a string" },
		{ TLS "  curve_preferences: &x [*x]", 4, "" },
		{ TLS "  prefer_server_cipher_suites: 1", 4, "true or false" },
		{ TLS "  prefer_server_cipher_suites: 'true'", 4, "true or false" },
		{ TLS "  insecure: true", 4, "no key 'insecure' in tls_server_config" },
		/* HTTP */
		{ "http_server_config:\n  http2: true", 2, "only HTTP/1.1" },
		{ "http_server_config:\n  http2: maybe", 2, "true or false" },
		{ "http_server_config:\n  headers:\n    Server: x", 3, "no key 'Server'" },
		{ "http_server_config:\n  headers:\n    x-frame-options: deny", 3, "no key" },
		{ "http_server_config:\n  headers:\n    X-Frame-Options: DENY", 3, "deny or sameorigin" },
		{ "http_server_config:\n  headers:\n    X-Content-Type-Options: x", 3, "write nosniff" },
		{ "http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\r\\nSet-Cookie: b\"", 3, "one line" },
		{ "http_server_config:\n  headers:\n    X-XSS-Protection: \"\\e[31m\"", 3, "one line" },
		{ "http_server_config:\n  headers: [a]", 2, "must hold keys" },
		/* Users */
		{ "basic_auth_users: [a]", 1, "NAME: HASH" },
		{ "basic_auth_users: a", 1, "NAME: HASH" },
		{ "basic_auth_users:\n  a: secret", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  a:", 2, "must be a string" },
		{ "basic_auth_users:\n  a: " HASH "x", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  a: $2x$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  a: $2y$03$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  a: $2y$32$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  a: $2y$1 $X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  a: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7z!", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  a: " HASH "!", 2, "not a bcrypt hash" },
		{ "basic_auth_users:\n  'a:b': " HASH, 2, "contain a colon" },
		{ "basic_auth_users:\n  a: " HASH "\n  a: " HASH, 3, "already in line 2" },
		/* Rate */
		{ "rate_limit:\n  interval: 1s", 1, "burst to at least 1" },
		{ "rate_limit:\n  interval: 1", 2, "must be a duration" },
		{ "rate_limit:\n  interval: -1s", 2, "must be a duration" },
		{ "rate_limit:\n  interval: 1d", 2, "must be a duration" },
		{ "rate_limit:\n  interval: 1s1", 2, "must be a duration" },
		{ "rate_limit:\n  interval: .s", 2, "must be a duration" },
		{ "rate_limit:\n  interval: 25h", 2, "at most a day" },
		{ "rate_limit:\n  interval: 99999999999999999999999999999999999999h", 2, "must be a duration" },
		{ "rate_limit:\n  burst: -1", 2, "must be a number" },
		{ "rate_limit:\n  burst: 10001", 2, "must be a number" },
	};
	struct webconfig *c;
	char where[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		c = parse(bad[i].text);
		if (c)
			fail_msg("took \"%s\"", bad[i].text);
		snprintf(where, sizeof(where), "dir/web.yml:%u: ", bad[i].line);
		if (!strstr(said, where) || !strstr(said, bad[i].what) ||
		    strchr(said, '\n') != said + strlen(said) - 1)
			fail_msg("\"%s\": %s", bad[i].text, said);
		/* A password in the wrong place is not shown. */
		assert_null(strstr(said, "secret"));
	}
}

static void empty(void **state)
{
	static const char *const texts[] = {
		"", "\n", "# nothing\n", "---\n", "{}", "~", "null",
		"basic_auth_users: {}", "basic_auth_users:", "rate_limit:",
		"http_server_config:", "http_server_config:\n  http2: false",
		"http_server_config:\n  headers:\n    X-Frame-Options: ''",
		"rate_limit: { interval: 0 }", "rate_limit: { interval: 0s }",
	};
	struct webconfig *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		c = parse(texts[i]);
		if (!c)
			fail_msg("\"%s\": %s", texts[i], said);
		assert_false(c->tls.line || c->users || c->rate_interval ||
			     c->header[1].s);
		webconfig_free(c);
	}
}

static void taken(void **state)
{
	struct webconfig *c = parse(
		"# as an exporter has it\n"
		"tls_server_config:\n"
		"  cert_file: \"c.pem\"\n"
		"  key: |\n"
		"    -----BEGIN\n"
		"  client_auth_type: RequireAndVerifyClientCert\n"
		"  client_ca_file: /etc/ca.pem\n"
		"  client_allowed_sans: [ prometheus.example, 192.0.2.1 ]\n"
		"  min_version: TLS13\n"
		"  prefer_server_cipher_suites: off\n"
		"  cipher_suites:\n"
		"    - TLS_AES_128_GCM_SHA256\n"
		"  curve_preferences: &c [ X25519 ]\n"
		"http_server_config:\n"
		"  headers:\n"
		"    Strict-Transport-Security: max-age=31536000\n"
		"    X-Frame-Options: deny\n"
		"basic_auth_users:\n"
		"  alice: " HASH "\n"
		"  123: $2b$04$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n"
		"rate_limit:\n"
		"  interval: 1m1.5s\n"
		"  burst: 20\n");

	(void)state;
	if (!c)
		fail_msg("%s", said);
	assert_int_equal(c->tls.line, 3);
	assert_string_equal(c->tls.cert.file.s, "c.pem");
	assert_string_equal(c->tls.key.text.s, "-----BEGIN\n");
	assert_int_equal(c->tls.key.text.line, 4);
	assert_int_equal(c->tls.client_auth, WEB_REQUIRE_AND_VERIFY);
	assert_int_equal(c->tls.client_sans.n, 2);
	assert_string_equal(c->tls.client_sans.item[1].s, "192.0.2.1");
	assert_int_equal(c->tls.min_version, WEB_TLS13);
	assert_int_equal(c->tls.max_version, WEB_TLS13);
	assert_false(c->tls.prefer_server);
	assert_int_equal(c->tls.ciphers.item[0].line, 12);
	assert_string_equal(c->tls.curves.item[0].s, "X25519");
	assert_string_equal(c->header[1].s, "deny");
	assert_string_equal(webconfig_headers[1], "X-Frame-Options");
	assert_string_equal(c->header[4].s, "max-age=31536000");
	assert_string_equal(webconfig_headers[4], "Strict-Transport-Security");
	assert_null(c->header[0].s);
	assert_int_equal(c->users, 2);
	assert_string_equal(c->user[0].hash.s, HASH);
	assert_int_equal(c->user[0].cost, 10);
	assert_string_equal(c->user[1].name.s, "123");
	assert_int_equal(c->user[1].cost, 4);
	assert_true(c->rate_interval == 61500000000);
	assert_int_equal(c->rate_burst, 20);
	webconfig_free(c);
}

static void *load(const char *path)
{
	struct webconfig *c;

	say_begin();
	c = webconfig_load(path);
	say_end();
	return c;
}

static void files(void **state)
{
	char dir[] = "/tmp/webconfig.XXXXXX", path[64], big[4096], *text;
	struct webconfig *c;
	size_t size, i;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/web.yml", dir);
	assert_null(load(path));
	assert_non_null(strstr(said, "No such file"));
	assert_null(load(dir));
	assert_non_null(strstr(said, "Is a directory"));
	/* Nothing to wait for. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(load(path));
	unlink(path);
	assert_null(load("/dev/zero"));

	f = fopen(path, "w");
	fputs(TLS, f);
	fclose(f);
	c = load(path);
	assert_non_null(c);
	errno = 0;
	assert_null(webconfig_read(c, c->tls.cert.file.s, &size));
	/* From its folder, whatever ours is. */
	snprintf(big, sizeof(big), "%s/c.pem", dir);
	f = fopen(big, "w");
	fputs("hello", f);
	fclose(f);
	text = webconfig_read(c, c->tls.cert.file.s, &size);
	assert_string_equal(text, "hello");
	assert_int_equal(size, 5);
	free(text);
	unlink(big);
	webconfig_free(c);

	f = fopen(path, "w");
	memset(big, '#', sizeof(big));
	for (i = 0; i <= (1 << 20) / sizeof(big); i++)
		fwrite(big, 1, sizeof(big), f);
	fclose(f);
	assert_null(load(path));
	assert_non_null(strstr(said, "too large"));
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(empty),
		cmocka_unit_test(taken),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests_name("webconfig", tests, NULL, NULL);
}
