// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <crypt.h>
#include <errno.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/util.h"
#include "auth.h"

/* Longest check accepted, in ns: it blocks all other clients. */
#define CHECK_MAX 2000000000ULL

/* The bcrypt cost that is measured; a cost of N takes 2^N rounds. */
#define TRIAL_COST 5
#define TRIAL "$2b$05$......................"

/*
 * bcrypt for each scrape would be too slow. So the last right password of each user
 * is remembered as a hash that takes a millisecond, with a salt that never leaves
 * this process. This hash is computed for every request, so that response times do
 * not reveal which users have logged in.
 */
#define QUICK "$5$rounds=1000$"

/* Addresses at which one user is known; a further one takes the place of the oldest. */
enum { HOMES = 16 };

/*
 * The quick hash is no limit for guessing, and its comparison is not counted. So it
 * counts only at addresses where the user gave the right password before. There, the
 * guesses of others never delay the user.
 */
struct known {
	char hash[CRYPT_OUTPUT_SIZE];	/* "": none yet */
	struct peer home[HOMES];
	unsigned int homes;	/* added so far */
};

/* Addresses of the last wrong passwords; the server has as many connections. */
enum { TRIERS = 64 };

/*
 * After a wrong password, an address waits for at least a second, and for at least
 * seven times as long as the check took. A user at another address, who is not known
 * yet, thus finds time between the checks of an address that guesses.
 */
#define WRONG_WAIT SECOND
#define WRONG_CHECKS 7

struct trier {
	struct peer peer;
	uint64_t free_at;	/* 0: nobody yet */
	/* The wrong password, and its user: a client that repeats it waits for nobody. */
	char hash[CRYPT_OUTPUT_SIZE];
	char user[AUTH_NAME];
};

struct auth {
	const struct webconfig *c;
	const struct web_user *costliest;
	uint64_t free_at;	/* earliest time of the next check */
	struct trier trier[TRIERS];
	char salt[sizeof(QUICK) + 16];
	struct crypt_data data;
	struct known known[];	/* one for each user */
};

bool auth_parse(const char *header, struct auth_basic *b)
{
	unsigned char text[AUTH_HEADER];
	char *colon;
	int len;

	if (strncasecmp(header, "Basic ", 6) || strlen(header) >= AUTH_HEADER)
		return false;
	len = b64_pton(header + 6, text, sizeof(text) - 1);
	if (len < 0 || memchr(text, 0, len))
		return false;
	text[len] = 0;
	colon = strchr((char *)text, ':');
	if (!colon)
		return false;
	*colon++ = 0;
	if (strlen((char *)text) >= sizeof(b->user) ||
	    strlen(colon) >= sizeof(b->password))
		return false;
	strcpy(b->user, (char *)text);
	strcpy(b->password, colon);
	explicit_bzero(text, sizeof(text));
	return true;
}

/* Constant time: independent of where @a and @b differ. */
static bool same(const char *a, const char *b, size_t size)
{
	unsigned char differ = 0;
	size_t i;

	for (i = 0; i < size; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

/* Writes the hash to @to and pads it with zeroes. */
static bool hash(struct auth *a, const char *password, const char *setting,
		 char to[CRYPT_OUTPUT_SIZE])
{
	const char *made = crypt_r(password, setting, &a->data);

	memset(to, 0, CRYPT_OUTPUT_SIZE);
	if (!made || *made == '*')
		return false;
	strncpy(to, made, CRYPT_OUTPUT_SIZE - 1);
	return true;
}

static bool check(struct auth *a, const char *password, const char *wanted)
{
	char padded[CRYPT_OUTPUT_SIZE] = "", made[CRYPT_OUTPUT_SIZE];

	strncpy(padded, wanted, sizeof(padded) - 1);
	return hash(a, password, wanted, made) &&
	       same(made, padded, sizeof(made));
}

/* Compares all users, for constant time. Returns the number of users if unknown. */
static size_t find_user(const struct auth *a, const char name[AUTH_NAME])
{
	char padded[AUTH_NAME];
	size_t i, found = a->c->users;

	for (i = 0; i < a->c->users; i++) {
		memset(padded, 0, sizeof(padded));
		strncpy(padded, a->c->user[i].name.s, sizeof(padded) - 1);
		if (same(padded, name, sizeof(padded)))
			found = i;
	}
	return found;
}

/* The entry of @peer; else the entry that is free first. */
static struct trier *trier_of(struct auth *a, const struct peer *peer)
{
	struct trier *t, *first = a->trier;

	for (t = a->trier; t < a->trier + TRIERS; t++) {
		if (t->free_at && peer_same(&t->peer, peer))
			return t;
		if (t->free_at < first->free_at)
			first = t;
	}
	return first;
}

static bool is_home(const struct known *k, const struct peer *from)
{
	unsigned int i;

	for (i = 0; i < k->homes && i < HOMES; i++)
		if (peer_same(&k->home[i], from))
			return true;
	return false;
}

static void remember(struct known *k, const char quick[CRYPT_OUTPUT_SIZE],
		     const struct peer *from)
{
	memcpy(k->hash, quick, sizeof(k->hash));
	if (!is_home(k, from))
		k->home[k->homes++ % HOMES] = *from;
}

/* ns until @from may try a password. */
static uint64_t wait_of(struct auth *a, const struct peer *from, uint64_t now)
{
	const struct trier *t = trier_of(a, from);
	uint64_t until = a->free_at;

	if (peer_same(&t->peer, from) && t->free_at > until)
		until = t->free_at;
	return until > now ? until - now : 0;
}

/* The last password that this address tried, which was wrong for this user. */
static bool repeats(struct auth *a, const struct peer *from,
		    const struct auth_basic *b, const char quick[CRYPT_OUTPUT_SIZE])
{
	const struct trier *t = trier_of(a, from);

	return t->free_at && peer_same(&t->peer, from) &&
	       same(t->user, b->user, sizeof(t->user)) &&
	       same(t->hash, quick, sizeof(t->hash));
}

/*
 * @end: when a check of @ns ended. Both waits begin there, however long it took.
 * Returns the entry of an address whose password was wrong.
 */
static struct trier *wait_after(struct auth *a, const struct peer *from,
				bool right, uint64_t end, uint64_t ns)
{
	const uint64_t wait = WRONG_CHECKS * ns;
	struct trier *t = trier_of(a, from);

	a->free_at = end + ns;
	if (right)
		return NULL;
	t->peer = *from;
	t->free_at = end + (wait > WRONG_WAIT ? wait : WRONG_WAIT);
	return t;
}

enum auth_verdict auth_check(struct auth *a, const char *header,
			     const struct peer *from, uint64_t now,
			     uint64_t *later)
{
	char quick[CRYPT_OUTPUT_SIZE];
	struct auth_basic b = { 0 };
	enum auth_verdict verdict = AUTH_NO;
	const char *wanted = a->costliest->hash.s;
	struct trier *wrong;
	uint64_t began, ns;
	size_t user;
	bool quickly;

	if (!header || !auth_parse(header, &b))
		return AUTH_NO;
	user = find_user(a, b.user);
	quickly = hash(a, b.password, a->salt, quick);
	if (quickly && user < a->c->users && is_home(&a->known[user], from) &&
	    same(quick, a->known[user].hash, sizeof(quick))) {
		verdict = AUTH_YES;
		goto out;
	}
	if (quickly && repeats(a, from, &b, quick))
		goto out;
	*later = wait_of(a, from, now);
	if (*later) {
		verdict = AUTH_LATER;
		goto out;
	}
	began = clock_now();
	if (user < a->c->users)
		wanted = a->c->user[user].hash.s;
	if (check(a, b.password, wanted) && user < a->c->users) {
		verdict = AUTH_YES;
		remember(&a->known[user], quick, from);
	}
	ns = clock_now() - began;
	wrong = wait_after(a, from, verdict == AUTH_YES, now + ns, ns);
	if (wrong) {
		memcpy(wrong->hash, quick, sizeof(wrong->hash));
		memcpy(wrong->user, b.user, sizeof(wrong->user));
	}
out:
	explicit_bzero(&b, sizeof(b));
	explicit_bzero(&a->data, sizeof(a->data));
	return verdict;
}

static uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* CPU time of a hash of TRIAL_COST: the shortest of three, as the least disturbed. */
static uint64_t trial_ns(struct auth *a)
{
	char made[CRYPT_OUTPUT_SIZE];
	uint64_t best = UINT64_MAX, start, ns;
	int i;

	for (i = 0; i < 3; i++) {
		start = cpu_ns();
		if (!hash(a, "", TRIAL, made))
			return 0;
		ns = cpu_ns() - start;
		if (ns < best)
			best = ns;
	}
	return best + 1;
}

static uint64_t at_cost(uint64_t trial, unsigned int cost)
{
	return cost < TRIAL_COST ? trial : trial << (cost - TRIAL_COST);
}

static int check_costs(struct auth *a)
{
	const uint64_t trial = trial_ns(a);
	uint64_t ns;
	unsigned int bearable = TRIAL_COST;

	if (!trial) {
		err_print("%s: crypt(3) of this system does not support bcrypt",
			  a->c->path);
		return -1;
	}
	ns = at_cost(trial, a->costliest->cost);
	if (ns <= CHECK_MAX)
		return 0;
	while (at_cost(trial, bearable + 1) <= CHECK_MAX)
		bearable++;
	err_print("%s:%u: checking a password of bcrypt cost %u takes %.0f s on this machine and blocks all other clients: hash it again with `htpasswd -nBC %u ''` or a lower cost", a->c->path,
		  a->costliest->hash.line, a->costliest->cost,
		  ns / 1e9, bearable);
	return -1;
}

static bool make_salt(struct auth *a)
{
	static const char letters[64] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"abcdefghijklmnopqrstuvwxyz";
	unsigned char random[16];
	size_t i, at = sizeof(QUICK) - 1;

	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		err_print("cannot get random numbers: %s", strerror(errno));
		return false;
	}
	memcpy(a->salt, QUICK, at);
	for (i = 0; i < sizeof(random); i++)
		a->salt[at + i] = letters[random[i] % 64];
	a->salt[at + i] = 0;
	return true;
}

struct auth *auth_new(const struct webconfig *c)
{
	struct auth *a;
	size_t i;

	a = calloc(1, sizeof(*a) + c->users * sizeof(*a->known));
	if (!a) {
		err_print("out of memory");
		return NULL;
	}
	a->c = c;
	a->costliest = c->user;
	for (i = 0; i < c->users; i++) {
		if (c->user[i].cost > a->costliest->cost)
			a->costliest = &c->user[i];
		if (strlen(c->user[i].name.s) < AUTH_NAME)
			continue;
		err_print("%s:%u: user name is longer than %d bytes", c->path,
			  c->user[i].name.line, AUTH_NAME - 1);
		goto fail;
	}
	if (make_salt(a) && !check_costs(a))
		return a;
fail:
	auth_free(a);
	return NULL;
}

void auth_inherit(struct auth *a, const struct auth *old)
{
	const struct web_user *u, *v;
	size_t i, k;

	memcpy(a->salt, old->salt, sizeof(a->salt));
	memcpy(a->trier, old->trier, sizeof(a->trier));
	/* A wrong password may be right now. */
	for (i = 0; i < TRIERS; i++)
		memset(a->trier[i].hash, 0, sizeof(a->trier[i].hash));
	a->free_at = old->free_at;
	for (i = 0; i < a->c->users; i++)
		for (k = 0; k < old->c->users; k++) {
			u = &a->c->user[i];
			v = &old->c->user[k];
			if (!strcmp(u->name.s, v->name.s) && !strcmp(u->hash.s, v->hash.s))
				a->known[i] = old->known[k];
		}
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	explicit_bzero(a, sizeof(*a) + a->c->users * sizeof(*a->known));
	free(a);
}
