// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "lib/err.h"
#include "tls.h"

#if WITH_TLS
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/format.h"
#include "lib/util.h"

struct tls {
	SSL_CTX *ctx;
};

/* Names accepted in a client's certificate. */
struct sans {
	bool verifies;
	size_t n;
	char *name[];
};

static int wrong(const struct webconfig *c, unsigned int line, const char *what)
{
	unsigned long err = ERR_peek_last_error();
	const char *why = err ? ERR_reason_error_string(err) : NULL;

	err_print("%s:%u: %s%s%s", c->path, line, what, why ? ": " : "",
		  why ? why : "");
	ERR_clear_error();
	return -1;
}

/* Refuses an encrypted key, where OpenSSL would ask on the terminal. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

/* Opens PEM text of the config, or a file; NULL with an error printed. */
static BIO *open_pem(const struct webconfig *c, const struct web_pem *pem,
		     char **text, const char *what)
{
	char line[512];
	size_t size;
	BIO *bio;

	*text = NULL;
	if (pem->text.line) {
		bio = BIO_new_mem_buf(pem->text.s, -1);
	} else {
		*text = webconfig_read(c, pem->file.s, &size);
		if (!*text) {
			snprintf(line, sizeof(line), "cannot read the %s %s: %s",
				 what, pem->file.s, strerror(errno));
			wrong(c, pem->file.line, line);
			return NULL;
		}
		bio = BIO_new_mem_buf(*text, size);
	}
	if (!bio)
		wrong(c, c->tls.line, "out of memory");
	return bio;
}

static unsigned int line_of(const struct web_pem *pem)
{
	return pem->text.line ? pem->text.line : pem->file.line;
}

/* Passes the @n-th certificate to @use; fails if there is none. */
static int load_certs(SSL_CTX *ctx, const struct webconfig *c,
		      const struct web_pem *pem, const char *what,
		      bool (*use)(SSL_CTX *ctx, X509 *x, int n))
{
	char line[64], *text;
	int ret = -1, n = 0;
	BIO *bio = open_pem(c, pem, &text, what);
	X509 *x;

	if (!bio)
		goto out;
	for (; (x = PEM_read_bio_X509(bio, NULL, no_password, NULL)); n++) {
		ret = use(ctx, x, n) ? 0 : -1;
		X509_free(x);
		if (ret) {
			snprintf(line, sizeof(line), "cannot use the %s", what);
			wrong(c, line_of(pem), line);
			goto out;
		}
	}
	if (!n)
		wrong(c, line_of(pem), "no certificate in PEM format");
	ERR_clear_error();
out:
	BIO_free(bio);
	free(text);
	return ret;
}

/* Not an error: clients may not verify, and a board's clock may be wrong. */
static void warn_validity(const struct webconfig *c, SSL_CTX *ctx)
{
	const X509 *x = SSL_CTX_get0_certificate(ctx);

	if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
		err_warn("%s:%u: the certificate has expired; clients that verify it will not connect", c->path, line_of(&c->tls.cert));
	else if (X509_cmp_current_time(X509_get0_notBefore(x)) > 0)
		err_warn("%s:%u: the certificate is not valid yet; check this machine's clock", c->path, line_of(&c->tls.cert));
}

static void warn_readable(const struct webconfig *c)
{
	const struct web_pem *pem = &c->tls.key;
	char path[PATH_MAX];
	const char *name = c->path;
	struct stat st;

	if (pem->file.line)
		name = webconfig_path(c, pem->file.s, path, sizeof(path));
	if (!stat(name, &st) && st.st_mode & S_IROTH)
		err_warn("%s:%u: every user of this machine can read the key: run `chmod o-r %s`", c->path, line_of(pem), name);
}

/* The server's certificate comes first, then its chain. */
static bool use_cert(SSL_CTX *ctx, X509 *x, int n)
{
	return n ? SSL_CTX_add1_chain_cert(ctx, x)
		 : SSL_CTX_use_certificate(ctx, x);
}

static bool use_client_ca(SSL_CTX *ctx, X509 *x, int n)
{
	(void)n;
	return X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) &&
	       SSL_CTX_add_client_CA(ctx, x);
}

static int load_key(SSL_CTX *ctx, const struct webconfig *c)
{
	const struct web_pem *pem = &c->tls.key;
	EVP_PKEY *key = NULL;
	char *text;
	BIO *bio = open_pem(c, pem, &text, "key");
	int ret = -1;

	if (!bio)
		goto out;
	key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (!key)
		wrong(c, line_of(pem), "no key in PEM format, or the key is encrypted, which is not supported");
	else if (!SSL_CTX_use_PrivateKey(ctx, key) ||
		 !SSL_CTX_check_private_key(ctx))
		wrong(c, line_of(pem), "the key does not match the certificate");
	else
		ret = 0;
out:
	EVP_PKEY_free(key);
	BIO_free(bio);
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	return ret;
}

static bool listed(const struct sans *s, const char *name, int len)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strlen(s->name[i]) == (size_t)len &&
		    !memcmp(s->name[i], name, len))
			return true;
	return false;
}

static bool ip_listed(const struct sans *s, const ASN1_OCTET_STRING *ip)
{
	const int len = ASN1_STRING_length(ip);
	char text[INET6_ADDRSTRLEN];

	return (len == 4 || len == 16) &&
	       inet_ntop(len == 4 ? AF_INET : AF_INET6,
			 ASN1_STRING_get0_data(ip), text, sizeof(text)) &&
	       listed(s, text, strlen(text));
}

/* Compares the certificate's alternative names as text. */
static bool has_name(const struct sans *s, X509 *x)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL,
						NULL);
	bool found = false;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		const ASN1_STRING *text = NULL;

		if (n->type == GEN_DNS)
			text = n->d.dNSName;
		else if (n->type == GEN_EMAIL)
			text = n->d.rfc822Name;
		else if (n->type == GEN_URI)
			text = n->d.uniformResourceIdentifier;
		else if (n->type == GEN_IPADD)
			found = ip_listed(s, n->d.iPAddress);
		if (text)
			found = listed(s, (const char *)ASN1_STRING_get0_data(text),
				       ASN1_STRING_length(text));
	}
	GENERAL_NAMES_free(names);
	return found;
}

/* Replaces OpenSSL's verification of a client's certificate. */
static int verify(X509_STORE_CTX *store, void *arg)
{
	const struct sans *s = arg;

	if (s->verifies && X509_verify_cert(store) <= 0)
		return 0;
	return !s->n || has_name(s, X509_STORE_CTX_get0_cert(store));
}

static void free_sans(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index,
		      long argl, void *argp)
{
	struct sans *s = ptr;
	size_t i;

	(void)parent;
	(void)ad;
	(void)index;
	(void)argl;
	(void)argp;
	for (i = 0; s && i < s->n; i++)
		free(s->name[i]);
	free(s);
}

/* The SSL_CTX owns the names: connections keep it longer than the config. */
static struct sans *keep_sans(SSL_CTX *ctx, const struct webconfig *c)
{
	const struct web_list *l = &c->tls.client_sans;
	static int index = -1;
	struct sans *s;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_sans);
	s = calloc(1, sizeof(*s) + l->n * sizeof(*s->name));
	if (!s || index < 0 || !SSL_CTX_set_ex_data(ctx, index, s)) {
		free(s);
		return NULL;
	}
	for (; s->n < l->n; s->n++) {
		s->name[s->n] = strdup(l->item[s->n].s);
		if (!s->name[s->n])
			return NULL;
	}
	return s;
}

static int set_clients(SSL_CTX *ctx, const struct webconfig *c)
{
	static const int modes[] = {
		[WEB_REQUEST]		= SSL_VERIFY_PEER,
		[WEB_REQUIRE_ANY]	= SSL_VERIFY_PEER |
					  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		[WEB_VERIFY_IF_GIVEN]	= SSL_VERIFY_PEER,
		[WEB_REQUIRE_AND_VERIFY] = SSL_VERIFY_PEER |
					  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	};
	const int type = c->tls.client_auth;
	struct sans *s;

	if (type == WEB_NO_CERT)
		return 0;
	if (line_of(&c->tls.client_ca) &&
	    load_certs(ctx, c, &c->tls.client_ca, "client CA", use_client_ca))
		return -1;
	/* As Prometheus' exporters do. Without CAs, each certificate is refused. */
	if (type == WEB_VERIFY_IF_GIVEN && !line_of(&c->tls.client_ca))
		SSL_CTX_set_default_verify_paths(ctx);
	s = keep_sans(ctx, c);
	if (!s)
		return wrong(c, c->tls.line, "out of memory");
	s->verifies = type == WEB_VERIFY_IF_GIVEN ||
		      type == WEB_REQUIRE_AND_VERIFY;
	SSL_CTX_set_verify(ctx, modes[type], NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify, s);
	return 0;
}

/* Builds "A:B:C", OpenSSL's format of lists; false: too long. */
static bool append(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	return snprintf(list + len, size - len, "%s%s", len ? ":" : "", name) <
	       (int)(size - len);
}

/* Returns OpenSSL's name; NULL: unknown, or not safe to use. */
static const char *suite(SSL_CTX *ctx, const char *iana)
{
	const char *name = OPENSSL_cipher_name(iana);
	const SSL_CIPHER *cipher = NULL;
	int i;

	if (!strcmp(name, iana))
		return SSL_CTX_set_ciphersuites(ctx, name) ? name : NULL;
	if (!SSL_CTX_set_cipher_list(ctx, name))
		return NULL;
	/* The list also holds all suites of TLS 1.3. */
	for (i = 0; i < sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ctx)); i++) {
		cipher = sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(ctx), i);
		if (!strcmp(SSL_CIPHER_get_name(cipher), name))
			break;
		cipher = NULL;
	}
	if (!cipher || SSL_CIPHER_get_bits(cipher, NULL) < 128 ||
	    SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null)
		return NULL;
	return name;
}

/* The default for TLS 1.2: a suite with CBC has been attacked more than once. */
#define AEAD "ECDHE+AESGCM:ECDHE+CHACHA20"

/* If the list has no suite of TLS 1.3, OpenSSL's defaults stay. */
static int set_suites(SSL_CTX *ctx, const struct webconfig *c)
{
	const struct web_list *l = &c->tls.ciphers;
	char tls12[2048] = "", tls13[512] = "";
	char text[256];
	size_t i;

	for (i = 0; i < l->n; i++) {
		const char *name = suite(ctx, l->item[i].s);
		const bool new = name && !strcmp(name, l->item[i].s);

		if (name && append(new ? tls13 : tls12,
				   new ? sizeof(tls13) : sizeof(tls12), name))
			continue;
		snprintf(text, sizeof(text), "cipher suite '%s' is unknown or not safe to use", l->item[i].s);
		ERR_clear_error();
		return wrong(c, l->item[i].line, text);
	}
	if (!l->n && !SSL_CTX_set_cipher_list(ctx, AEAD))
		return wrong(c, c->tls.line, "cannot use AEAD cipher suites");
	if (l->n && !*tls12 && c->tls.min_version == WEB_TLS12)
		return wrong(c, l->item[0].line, "cipher_suites lists none for TLS 1.2: add one, or set min_version: TLS13");
	if ((*tls12 && !SSL_CTX_set_cipher_list(ctx, tls12)) ||
	    (*tls13 && !SSL_CTX_set_ciphersuites(ctx, tls13)))
		return wrong(c, l->item[0].line, "cannot use these cipher suites");
	return 0;
}

static int set_curves(SSL_CTX *ctx, const struct webconfig *c)
{
	static const struct {
		const char *go, *openssl;
	} curves[] = {
		{ "CurveP256", "P-256" }, { "CurveP384", "P-384" },
		{ "CurveP521", "P-521" }, { "X25519", "X25519" },
	};
	const struct web_list *l = &c->tls.curves;
	char all[256] = "", text[256];
	size_t i, k;

	for (i = 0; i < l->n; i++) {
		for (k = 0; k < ARRAY_SIZE(curves); k++)
			if (!strcmp(curves[k].go, l->item[i].s))
				break;
		if (k < ARRAY_SIZE(curves) &&
		    append(all, sizeof(all), curves[k].openssl))
			continue;
		snprintf(text, sizeof(text), "unknown curve '%s': use CurveP256, CurveP384, CurveP521 or X25519",
			 l->item[i].s);
		return wrong(c, l->item[i].line, text);
	}
	if (*all && !SSL_CTX_set1_groups_list(ctx, all))
		return wrong(c, l->item[0].line, "cannot use these curves");
	return 0;
}

/*
 * No session tickets, cache or renegotiation: a scraper keeps its connection open,
 * and less state leaves less to attack.
 */
static int set_up(SSL_CTX *ctx, const struct webconfig *c)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
			    (c->tls.prefer_server ?
			     SSL_OP_CIPHER_SERVER_PREFERENCE : 0));
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_min_proto_version(ctx, c->tls.min_version == WEB_TLS13 ?
				      TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_max_proto_version(ctx, c->tls.max_version == WEB_TLS13 ?
				      TLS1_3_VERSION : TLS1_2_VERSION);
	if (load_certs(ctx, c, &c->tls.cert, "certificate", use_cert) ||
	    load_key(ctx, c) || set_clients(ctx, c) || set_suites(ctx, c) ||
	    set_curves(ctx, c))
		return -1;
	warn_validity(c, ctx);
	warn_readable(c);
	return 0;
}

struct tls *tls_new(const struct webconfig *c)
{
	struct tls *t = calloc(1, sizeof(*t));

	/* The machine's openssl.cnf must not change what the config demands. */
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (t)
		t->ctx = SSL_CTX_new(TLS_server_method());
	if (!t || !t->ctx)
		wrong(c, c->tls.line, "cannot use TLS");
	else if (!set_up(t->ctx, c))
		return t;
	tls_free(t);
	return NULL;
}

/* OpenSSL takes a name that begins with a dot for a pattern; host_name() has none. */
bool tls_is_named(const struct tls *t, const char *host)
{
	return X509_check_host(SSL_CTX_get0_certificate(t->ctx), host, 0, 0, NULL) == 1;
}

struct bufferevent *tls_accept(struct tls *t, struct event_base *base)
{
	SSL *ssl = SSL_new(t->ctx);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(base, -1, ssl,
					     BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	/* Most clients close without TLS's close_notify. */
	if (bev)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	else
		SSL_free(ssl);
	return bev;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

#else

struct tls *tls_new(const struct webconfig *c)
{
	err_print("%s:%u: this v7scope was built without TLS (WITH_TLS=0)",
		  c->path, c->tls.line);
	return NULL;
}

bool tls_is_named(const struct tls *t, const char *host)
{
	(void)t;
	(void)host;
	return false;
}

struct bufferevent *tls_accept(struct tls *t, struct event_base *base)
{
	(void)t;
	(void)base;
	return NULL;
}

void tls_free(struct tls *t)
{
	(void)t;
}

#endif
