// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "lib/err.h"
#include "lib/format.h"
#include "lib/num.h"
#include "lib/util.h"
#include "webconfig.h"

#define FILE_MAX (1 << 20)		/* bytes of a config, certificate or key */
#define RATE_MAX (86400 * SECOND)	/* one day */

/* The headers of the exporters' format. */
const char *const webconfig_headers[WEB_HEADERS] = {
	"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options",
	"X-XSS-Protection", "Strict-Transport-Security",
};

/* The strings of a config belong to its document, which lives as long. */
struct owner {
	struct webconfig c;
	yaml_document_t doc;
};

struct key {
	const char *name;
	/** @take: store the value; -1 with an error printed */
	int (*take)(struct owner *o, const struct key *k, const yaml_node_t *n);
	size_t at;			/* offset in struct webconfig */
	const struct key *keys;		/* the section's keys, if it is one */
};

static unsigned int line_of(const yaml_node_t *n)
{
	return n->start_mark.line + 1;
}

static int __attribute__((format(printf, 3, 4)))
wrong(const struct owner *o, unsigned int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_print("%s:%u: %s", o->c.path, line, text);
	return -1;
}

static void *place(struct owner *o, const struct key *k)
{
	return (char *)&o->c + k->at;
}

static const char *scalar(const yaml_node_t *n)
{
	return (const char *)n->data.scalar.value;
}

static bool is_null(const yaml_node_t *n)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	size_t i;

	if (n->type != YAML_SCALAR_NODE ||
	    n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (i = 0; i < ARRAY_SIZE(nulls); i++)
		if (!strcmp(scalar(n), nulls[i]))
			return true;
	return false;
}

/* NULL with an error printed. */
static const char *text_of(struct owner *o, const char *what,
			   const yaml_node_t *n)
{
	if (n->type != YAML_SCALAR_NODE || is_null(n)) {
		wrong(o, line_of(n), "%s must be a string", what);
		return NULL;
	}
	if (strlen(scalar(n)) != n->data.scalar.length) {
		wrong(o, line_of(n), "%s contains a NUL byte", what);
		return NULL;
	}
	return scalar(n);
}

static int take_text(struct owner *o, const struct key *k, const yaml_node_t *n)
{
	struct web_text *t = place(o, k);

	t->s = text_of(o, k->name, n);
	t->line = line_of(n);
	if (t->s && !*t->s)
		return wrong(o, t->line, "%s is empty", k->name);
	return t->s ? 0 : -1;
}

/* Accepts the spellings of the exporters' own parser. */
static int parse_bool(struct owner *o, const struct key *k, const yaml_node_t *n,
		      bool *to)
{
	static const char *const names[] = {
		"false", "true", "False", "True", "FALSE", "TRUE", "no", "yes",
		"No", "Yes", "NO", "YES", "off", "on", "Off", "On", "OFF", "ON",
	};
	size_t i;

	for (i = 0; n->type == YAML_SCALAR_NODE &&
		    n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		    i < ARRAY_SIZE(names); i++)
		if (!strcmp(scalar(n), names[i])) {
			*to = i % 2;
			return 0;
		}
	return wrong(o, line_of(n), "%s must be true or false", k->name);
}

static int take_bool(struct owner *o, const struct key *k, const yaml_node_t *n)
{
	return parse_bool(o, k, n, place(o, k));
}

/* The exporters default to HTTP/2; only a config that asks for it is an error here. */
static int take_http2(struct owner *o, const struct key *k, const yaml_node_t *n)
{
	bool http2;

	if (parse_bool(o, k, n, &http2))
		return -1;
	if (http2)
		return wrong(o, line_of(n), "http2: only HTTP/1.1 is supported; set it to false or remove it");
	return 0;
}

static int take_list(struct owner *o, const struct key *k, const yaml_node_t *n)
{
	const yaml_node_item_t *i;
	struct web_list *l = place(o, k);
	size_t room;

	if (is_null(n))
		return 0;
	if (n->type != YAML_SEQUENCE_NODE)
		return wrong(o, line_of(n), "%s must be a list, with a dash before each item", k->name);
	room = n->data.sequence.items.top - n->data.sequence.items.start;
	l->item = calloc(room + 1, sizeof(*l->item));
	if (!l->item)
		return wrong(o, line_of(n), "out of memory");
	for (i = n->data.sequence.items.start;
	     i < n->data.sequence.items.top; i++) {
		const yaml_node_t *item = yaml_document_get_node(&o->doc, *i);
		struct web_text *t = &l->item[l->n++];

		t->line = line_of(item);
		t->s = text_of(o, k->name, item);
		if (!t->s)
			return -1;
	}
	return 0;
}

struct choice {
	const char *name;
	int is;
};

static int choose(struct owner *o, const struct key *k, const yaml_node_t *n,
		  const struct choice *choice)
{
	const char *s = text_of(o, k->name, n);
	char all[256] = "";
	size_t len = 0;

	if (!s)
		return -1;
	for (; choice->name; choice++) {
		if (!strcmp(choice->name, s)) {
			*(int *)place(o, k) = choice->is;
			return 0;
		}
		len += snprintf(all + len, sizeof(all) - len, "%s%s",
				len ? ", " : "", choice->name);
	}
	return wrong(o, line_of(n), "%s must be one of %s, not '%s'", k->name,
		     all, s);
}

static int take_client_auth(struct owner *o, const struct key *k,
			    const yaml_node_t *n)
{
	static const struct choice choices[] = {
		{ "NoClientCert",		WEB_NO_CERT },
		{ "RequestClientCert",		WEB_REQUEST },
		{ "RequireAnyClientCert",	WEB_REQUIRE_ANY },
		{ "VerifyClientCertIfGiven",	WEB_VERIFY_IF_GIVEN },
		{ "RequireAndVerifyClientCert",	WEB_REQUIRE_AND_VERIFY },
		{ 0 }
	};

	return choose(o, k, n, choices);
}

/* The format also has TLS 1.0 and 1.1, which RFC 8996 has withdrawn. */
static int take_version(struct owner *o, const struct key *k,
			const yaml_node_t *n)
{
	static const struct choice choices[] = {
		{ "TLS12",	WEB_TLS12 },
		{ "TLS13",	WEB_TLS13 },
		{ 0 }
	};

	return choose(o, k, n, choices);
}

/* Durations in Go's format, such as "1m30s", "1.5s", "100ms"; and "0". */
static bool parse_duration(const char *s, uint64_t *sum)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = {
		{ "us", 1 }, { "ms", 1000 }, { "s", 1000000 },
		{ "m", 60000000 }, { "h", 3600000000 },
	};
	const uint64_t second = SECOND;
	char part[32];
	uint64_t ns;
	size_t len, i;

	*sum = 0;
	if (!strcmp(s, "0"))
		return true;
	do {
		/* Parsed as seconds: nine decimals are kept for the unit. */
		len = strspn(s, "0123456789.");
		if (len >= sizeof(part))
			return false;
		memcpy(part, s, len);
		part[len] = 0;
		s += len;
		len = strcspn(s, "0123456789.");
		for (i = 0; i < ARRAY_SIZE(units); i++)
			if (strlen(units[i].name) == len &&
			    !memcmp(units[i].name, s, len))
				break;
		if (i == ARRAY_SIZE(units) ||
		    !num_parse_ns(part, 0, 86400 * second, &ns))
			return false;
		s += len;
		ns = ns / second * units[i].us * 1000 +
		     ns % second * units[i].us / 1000000;
		if (__builtin_add_overflow(*sum, ns, sum))
			return false;
	} while (*s);
	return true;
}

static int take_interval(struct owner *o, const struct key *k,
			 const yaml_node_t *n)
{
	const char *s = text_of(o, k->name, n);

	if (!s)
		return -1;
	if (!parse_duration(s, place(o, k)) || o->c.rate_interval > RATE_MAX)
		return wrong(o, line_of(n), "%s must be a duration such as 500ms or 1m30s, at most a day, not '%s'", k->name, s);
	return 0;
}

static int take_burst(struct owner *o, const struct key *k, const yaml_node_t *n)
{
	const char *s = text_of(o, k->name, n);

	if (!s)
		return -1;
	if (!num_parse(s, 0, 10000, place(o, k)))
		return wrong(o, line_of(n), "%s must be a number from 0 to 10000, not '%s'",
			     k->name, s);
	return 0;
}

/* Some headers take fixed values only, as in the exporters; "" unsets a header. */
static int take_header(struct owner *o, const struct key *k,
		       const yaml_node_t *n)
{
	static const struct {
		const char *name, *value;
	} only[] = {
		{ "X-Frame-Options", "deny" },
		{ "X-Frame-Options", "sameorigin" },
		{ "X-Content-Type-Options", "nosniff" },
	};
	struct web_text *t = place(o, k);
	bool limited = false, fits = false;
	const char *c;
	size_t i;

	if (is_null(n))
		return 0;
	t->s = text_of(o, k->name, n);
	t->line = line_of(n);
	if (!t->s)
		return -1;
	if (!*t->s) {
		t->s = NULL;
		return 0;
	}
	for (c = t->s; *c; c++)
		if (*c < ' ' || *c > '~')
			return wrong(o, t->line, "%s: a header must be printable ASCII on one line", k->name);
	for (i = 0; i < ARRAY_SIZE(only); i++) {
		limited |= !strcmp(only[i].name, k->name);
		fits |= !strcmp(only[i].name, k->name) &&
			!strcmp(only[i].value, t->s);
	}
	return fits || !limited ? 0 :
	       wrong(o, t->line, "%s: '%s' is not allowed; write %s", k->name,
		     t->s, strchr(k->name, 'F') ? "deny or sameorigin"
						: "nosniff");
}

/* $2b$10$, 22 letters of salt, 31 of hash. Returns the cost; 0: no bcrypt hash. */
static unsigned int bcrypt_cost(const char *s)
{
	static const char letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz";
	unsigned int cost;

	if (strlen(s) != 60 || s[0] != '$' || s[1] != '2' ||
	    !memchr("aby", s[2], 3) || s[3] != '$' || s[6] != '$' ||
	    s[4] < '0' || s[4] > '9' || s[5] < '0' || s[5] > '9' ||
	    strspn(s + 7, letters) != 53)
		return 0;
	cost = (s[4] - '0') * 10 + s[5] - '0';
	return cost >= 4 && cost <= 31 ? cost : 0;
}

static int take_user(struct owner *o, const yaml_node_t *name,
		     const yaml_node_t *hash)
{
	struct web_user *u = &o->c.user[o->c.users];
	size_t i;

	u->name.s = text_of(o, "a user name", name);
	u->name.line = line_of(name);
	if (!u->name.s)
		return -1;
	if (strchr(u->name.s, ':'))
		return wrong(o, u->name.line, "a user name cannot contain a colon");
	for (i = 0; i < o->c.users; i++)
		if (!strcmp(o->c.user[i].name.s, u->name.s))
			return wrong(o, u->name.line, "user '%s' is already in line %u", u->name.s,
				     o->c.user[i].name.line);
	u->hash.s = text_of(o, "a password hash", hash);
	u->hash.line = line_of(hash);
	if (!u->hash.s)
		return -1;
	u->cost = bcrypt_cost(u->hash.s);
	/* The error does not show the value: it may be a password. */
	if (!u->cost)
		return wrong(o, u->hash.line, "the password of user '%s' is not a bcrypt hash: use the part after the colon that `htpasswd -nBC 10 ''` prints", u->name.s);
	o->c.users++;
	return 0;
}

static int take_users(struct owner *o, const struct key *k, const yaml_node_t *n)
{
	const yaml_node_pair_t *p;

	if (is_null(n))
		return 0;
	if (n->type != YAML_MAPPING_NODE)
		return wrong(o, line_of(n), "%s must list users, as in NAME: HASH",
			     k->name);
	o->c.user = calloc(n->data.mapping.pairs.top -
			   n->data.mapping.pairs.start + 1, sizeof(*o->c.user));
	if (!o->c.user)
		return wrong(o, line_of(n), "out of memory");
	for (p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++)
		if (take_user(o, yaml_document_get_node(&o->doc, p->key),
			      yaml_document_get_node(&o->doc, p->value)))
			return -1;
	return 0;
}

/* Lists the names of keys, as far as they fit. */
static const char *names(const struct key *keys, char *buf, size_t size)
{
	size_t len = 0;

	for (; keys->name && len < size; keys++)
		len += snprintf(buf + len, size - len, "%s%s", len ? ", " : "",
				keys->name);
	return buf;
}

static int take_section(struct owner *o, const struct key *k,
			const yaml_node_t *n)
{
	const struct key *key;
	const yaml_node_pair_t *p;
	unsigned int given[32] = { 0 };
	char all[384];

	if (is_null(n))
		return 0;
	if (n->type != YAML_MAPPING_NODE)
		return wrong(o, line_of(n), "%s must hold keys, as in %s: VALUE",
			     k->name, k->keys->name);
	for (p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *name = yaml_document_get_node(&o->doc, p->key);
		const char *s = text_of(o, "a key", name);

		if (!s)
			return -1;
		for (key = k->keys; key->name && strcmp(key->name, s); key++)
			;
		if (!key->name)
			return wrong(o, line_of(name), "no key '%s' in %s; valid keys: %s", s, k->name,
				     names(k->keys, all, sizeof(all)));
		if (given[key - k->keys])
			return wrong(o, line_of(name), "key '%s' is already in line %u", s, given[key - k->keys]);
		given[key - k->keys] = line_of(name);
		if (key->take(o, key, yaml_document_get_node(&o->doc, p->value)))
			return -1;
	}
	return 0;
}

static int take_tls(struct owner *o, const struct key *k, const yaml_node_t *n)
{
	o->c.tls.line = line_of(n);
	return take_section(o, k, n);
}

#define KEY(key, taker, member)						\
	{ .name = key, .take = taker, .at = offsetof(struct webconfig, member) }
#define SECTION(key, taker, of)						\
	{ .name = key, .take = taker, .keys = of }

static const struct key tls_keys[] = {
	KEY("cert", take_text, tls.cert.text),
	KEY("key", take_text, tls.key.text),
	KEY("client_ca", take_text, tls.client_ca.text),
	KEY("cert_file", take_text, tls.cert.file),
	KEY("key_file", take_text, tls.key.file),
	KEY("client_auth_type", take_client_auth, tls.client_auth),
	KEY("client_ca_file", take_text, tls.client_ca.file),
	KEY("client_allowed_sans", take_list, tls.client_sans),
	KEY("min_version", take_version, tls.min_version),
	KEY("max_version", take_version, tls.max_version),
	KEY("cipher_suites", take_list, tls.ciphers),
	KEY("prefer_server_cipher_suites", take_bool, tls.prefer_server),
	KEY("curve_preferences", take_list, tls.curves),
	{ 0 }
};

/* In the order of webconfig_headers. */
static const struct key header_keys[] = {
	KEY("Content-Security-Policy", take_header, header[0]),
	KEY("X-Frame-Options", take_header, header[1]),
	KEY("X-Content-Type-Options", take_header, header[2]),
	KEY("X-XSS-Protection", take_header, header[3]),
	KEY("Strict-Transport-Security", take_header, header[4]),
	{ 0 }
};

static const struct key http_keys[] = {
	SECTION("http2", take_http2, NULL),
	SECTION("headers", take_section, header_keys),
	{ 0 }
};

static const struct key rate_keys[] = {
	KEY("interval", take_interval, rate_interval),
	KEY("burst", take_burst, rate_burst),
	{ 0 }
};

static const struct key root_keys[] = {
	SECTION("tls_server_config", take_tls, tls_keys),
	SECTION("http_server_config", take_section, http_keys),
	SECTION("basic_auth_users", take_users, NULL),
	SECTION("rate_limit", take_section, rate_keys),
	{ 0 }
};

static const struct key root = { .name = "this file", .keys = root_keys };

static int one_of(const struct owner *o, const struct web_pem *pem,
		  const char *name)
{
	if (pem->file.line && pem->text.line)
		return wrong(o, pem->text.line, "%s and %s_file are both set: remove one", name, name);
	if (!pem->file.line && !pem->text.line)
		return wrong(o, o->c.tls.line, "tls_server_config has no %s_file", name);
	return 0;
}

/* Checks that concern several keys. */
static int check_tls(const struct owner *o)
{
	const struct web_tls *t = &o->c.tls;
	const bool ca = t->client_ca.file.line || t->client_ca.text.line;

	if (!t->line)
		return 0;
	if (one_of(o, &t->cert, "cert") || one_of(o, &t->key, "key") ||
	    (ca && one_of(o, &t->client_ca, "client_ca")))
		return -1;
	if (ca && t->client_auth == WEB_NO_CERT)
		return wrong(o, t->line, "client_ca has no effect without client_auth_type: RequireAndVerifyClientCert");
	/* A client of any public CA would be let in. */
	if (!ca && t->client_auth == WEB_REQUIRE_AND_VERIFY)
		return wrong(o, t->line, "RequireAndVerifyClientCert needs a client_ca_file to verify against");
	if (t->client_sans.n && t->client_auth != WEB_REQUIRE_ANY &&
	    t->client_auth != WEB_REQUIRE_AND_VERIFY)
		return wrong(o, t->line, "client_allowed_sans does not keep out clients without a certificate: set client_auth_type: RequireAndVerifyClientCert");
	if (t->min_version > t->max_version)
		return wrong(o, t->line, "min_version is above max_version");
	return 0;
}

static int check(struct owner *o)
{
	if (check_tls(o))
		return -1;
	if (o->c.rate_interval && !o->c.rate_burst)
		return wrong(o, 1, "rate_limit refuses every request: set burst to at least 1");
	return 0;
}

static int bad_yaml(const struct owner *o, const yaml_parser_t *y)
{
	const char *what = y->problem ? y->problem : "not YAML";

	if (y->error == YAML_MEMORY_ERROR)
		return wrong(o, 1, "out of memory");
	return wrong(o, y->problem_mark.line + 1, "%s%s%s", what,
		     y->context ? " " : "", y->context ? y->context : "");
}

/* A file holds one document, or none. */
static int parse(struct owner *o, const char *text, size_t size)
{
	yaml_document_t next;
	const yaml_node_t *n;
	yaml_parser_t y;
	int ret = -1;

	if (!yaml_parser_initialize(&y))
		return wrong(o, 1, "out of memory");
	yaml_parser_set_input_string(&y, (const unsigned char *)text, size);
	if (!yaml_parser_load(&y, &o->doc)) {
		bad_yaml(o, &y);
		memset(&o->doc, 0, sizeof(o->doc));
		goto out;
	}
	n = yaml_document_get_root_node(&o->doc);
	if (!n) {
		ret = 0;
		goto out;
	}
	if (!yaml_parser_load(&y, &next)) {
		bad_yaml(o, &y);
		goto out;
	}
	if (yaml_document_get_root_node(&next))
		wrong(o, next.start_mark.line + 1, "only one document is allowed");
	else
		ret = take_section(o, &root, n);
	yaml_document_delete(&next);
out:
	yaml_parser_delete(&y);
	return ret;
}

struct webconfig *webconfig_parse(const char *path, const char *text,
				  size_t size)
{
	struct owner *o = calloc(1, sizeof(*o));

	if (!o) {
		err_print("%s: out of memory", path);
		return NULL;
	}
	o->c.path = path;
	o->c.tls.min_version = WEB_TLS12;
	o->c.tls.max_version = WEB_TLS13;
	o->c.tls.prefer_server = true;
	if (!parse(o, text, size) && !check(o))
		return &o->c;
	webconfig_free(&o->c);
	return NULL;
}

void webconfig_free(struct webconfig *c)
{
	if (!c)
		return;
	free(c->tls.client_sans.item);
	free(c->tls.ciphers.item);
	free(c->tls.curves.item);
	free(c->user);
	yaml_document_delete(&((struct owner *)c)->doc);
	free(c);
}

/* Regular files only: a pipe could block. */
static char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	struct stat st;
	ssize_t n;
	int err;

	if (fd < 0)
		return NULL;
	*size = 0;
	if (fstat(fd, &st))
		goto out;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EFBIG;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		goto out;
	text = malloc(FILE_MAX + 1);
	while (text && (n = read(fd, text + *size, FILE_MAX + 1 - *size)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0)
			*size += n;
		if (n > 0 && *size <= FILE_MAX)
			continue;
		if (n > 0)
			errno = EFBIG;
		free(text);
		text = NULL;
	}
	if (text)
		text[*size] = 0;
out:
	err = errno;
	close(fd);
	errno = err;
	return text;
}

const char *webconfig_path(const struct webconfig *c, const char *name,
			   char *buf, size_t size)
{
	const char *slash = strrchr(c->path, '/');

	if (name[0] == '/' || !slash)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%.*s/%s", (int)(slash - c->path), c->path,
			 name);
	return buf;
}

char *webconfig_read(const struct webconfig *c, const char *name, size_t *size)
{
	char path[PATH_MAX];

	return read_file(webconfig_path(c, name, path, sizeof(path)), size);
}

struct webconfig *webconfig_load(const char *path)
{
	struct webconfig *c;
	size_t size;
	char *text;

	text = read_file(path, &size);
	if (!text) {
		err_print("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	c = webconfig_parse(path, text, size);
	free(text);
	return c;
}
