// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check/threshold.h"
#include "http/accept.h"
#include "http/access.h"
#include "http/http.h"
#include "http/listen.h"
#include "http/page.h"
#include "http/sandbox.h"
#include "http/sse.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/procself.h"
#include "lib/unpack.h"
#include "lib/util.h"
#include "model/past.h"
#include "model/report_top.h"
#include "output/json_past.h"
#include "output/json_report.h"
#include "output/openmetrics.h"
#include "kept.h"
#include "watch.h"

#define ADDRESS "127.0.0.1:10053"

/* Lower limit of the time between two readings, for any number of clients. */
#define READ_AT_MOST (SECOND / 10)

/* State of the run: a process runs one verb once. */
enum {
	ALARMS	= 10,
	/* Destroyed page tables; each snapshot has all of them. */
	KEEP	= 64,
	/* Records per CPU, as for record */
	RING	= 4096,
};

static struct watch *watching;	/* NULL: not attached yet */
static unsigned int listens;	/* addresses of --web.listen-address opened so far */
static struct access *access_rules;
static struct http *http;
static struct metrics *metrics;
static struct past *past;
static struct utsname host;
static struct alarm {
	char *text;
	uint64_t time;		/* seconds since 1970 */
} alarms[ALARMS];		/* latest alarms, in a ring */

static uint64_t unix_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/*
 * The clock of the history. It goes on during a suspend, and no change of the time
 * disturbs it. With --history, points of the day before the boot have a time, too.
 */
static uint64_t past_ns(void)
{
	const uint64_t before_boot = 2 * 86400 * SECOND;

	return before_boot + clock_ns(CLOCK_BOOTTIME);
}

/* Report of all counts since the start. -1: error was printed. */
static int report_now(struct report *r)
{
	return watch_fresh(watching, READ_AT_MOST) ||
	       watch_report(watching, true, r) ? -1 : 0;
}

static uint64_t started(const struct report *r)
{
	static uint64_t start;

	return procself_steady(&start, unix_ns() - r->elapsed_ns);
}

static void fail(struct evhttp_request *req)
{
	static const char why[] = "out of memory\n";

	http_reply(req, 500, "text/plain; charset=utf-8", why, strlen(why),
		   false);
}

static void refuse(struct evhttp_request *req, int status, const char *why)
{
	http_reply(req, status, "text/plain; charset=utf-8", why, strlen(why),
		   false);
}

static char *print_metrics(enum metrics_form form, size_t *len)
{
	struct measured more = {
		.version = VERSION, .kernel = host.release,
		.machine = host.machine,
	};
	struct program_cost costs[32];
	struct flush_report flushes;
	struct fault_counts faults;
	struct report r;
	struct self self;
	char *text = NULL;
	FILE *f;
	int err;

	if (report_now(&r))
		return NULL;
	more.start = started(&r);
	more.flushes = flushes_read(&watching->flushes, READ_AT_MOST, &flushes);
	more.faults = faults_read(&watching->faults, &faults);
	more.self = procself_read(&self) ? &self : NULL;
	more.programs = costs;
	if (watching->ops->programs)
		more.nprograms = watching->ops->programs(watching->source,
							 costs,
							 ARRAY_SIZE(costs));
	f = open_memstream(&text, len);
	if (!f)
		return NULL;
	err = metrics_print(metrics, f, form, &r, &more);
	if (!fclose(f) && !err)
		return text;
	free(text);
	return NULL;
}

static void answer_metrics(struct evhttp_request *req, void *arg)
{
	static const struct media media[] = {
		[METRICS_TEXT] = { "text", "plain", "0.0.4" },
		[METRICS_OPENMETRICS] = { "application", "openmetrics-text",
					  "1.0.0" },
	};
	size_t form = accept_choose(http_header(req, "Accept"), media,
				   ARRAY_SIZE(media)), len;
	char *text = print_metrics(form, &len);

	(void)arg;
	if (!text) {
		fail(req);
		return;
	}
	http_add_header(req, "Vary", "Accept, Accept-Encoding");
	http_reply_text(req, metrics_types[form], text, len);
}

static json *json_server(const struct report *r)
{
	const uint64_t interval = watching->o->interval;
	json *o = json_object_new_object(), *list = json_object_new_array();
	json *times = json_object_new_array(), *limits = json_object_new_object();
	char seconds[32];
	const struct alarm *alarm;
	unsigned int i;

	json_put_text(o, "host", host.nodename);
	json_put_text(o, "kernel", host.release);
	json_put_text(o, "version", VERSION);
	json_put_u64(o, "start", started(r) / SECOND);
	json_put_u64(o, "now", unix_ns() / SECOND);
	snprintf(seconds, sizeof(seconds), "%g", interval / 1e9);
	json_put(o, "interval", json_object_new_double_s(interval / 1e9, seconds));
	for (i = 0; i < ALARMS; i++) {
		alarm = &alarms[(watching->alarms + i) % ALARMS];
		if (!alarm->text)
			continue;
		json_object_array_add(list, json_object_new_string(alarm->text));
		json_object_array_add(times,
				      json_object_new_uint64(alarm->time));
	}
	json_put(o, "alarms", list);
	json_put(o, "alarm_times", times);
	for (i = 0; i < LIMITS; i++)
		json_put_u64(limits, threshold_kinds[i].name,
			     threshold_kinds[i].normal);
	json_put(o, "limits", limits);
	json_put_visible(o, "events", watching->o->keep_last, kept_count());
	return o;
}

/* Entries of each list of a snapshot. A machine may have thousands. */
enum { TOP = 64 };

/* Flags of a snapshot: more than the sums and the TOP of each list */
enum {
	BUCKETS	= 1 << 0,	/* of each row */
	ALL	= 1 << 1,	/* entries of each list */
};

/* The forms of the stream, see sse_open() */
static const unsigned int forms[] = { 0, BUCKETS };

/* Returns the flags of a query like all=1&buckets=1, -1 if it has anything else. */
static int flags_of(const char *query, int allowed)
{
	static const struct {
		const char *text;
		int flag;
	} names[] = { { "buckets=1", BUCKETS }, { "all=1", ALL } };
	int flags = 0;
	size_t len, i;

	while (query && *query) {
		len = strcspn(query, "&");
		for (i = 0; i < ARRAY_SIZE(names); i++)
			if (allowed & names[i].flag && len == strlen(names[i].text) &&
			    !memcmp(query, names[i].text, len))
				break;
		if (i == ARRAY_SIZE(names))
			return -1;
		flags |= names[i].flag;
		query += len + !!query[len];
	}
	return flags;
}

/* One line, to be freed. NULL: error was printed. */
static char *print_snapshot(unsigned int flags)
{
	const struct flush_report *flushes;
	struct report_left left;
	struct flush_report buf;
	struct report r;
	size_t len;
	char *text = NULL;
	FILE *f;
	json *o;

	if (report_now(&r))
		return NULL;
	if (report_top(&r, flags & ALL ? SIZE_MAX : TOP, &left)) {
		err_print("serve: out of memory");
		return NULL;
	}
	o = json_snapshot(&r, &left, flags & BUCKETS);
	flushes = flushes_read(&watching->flushes, READ_AT_MOST, &buf);
	json_put(o, "flushes", flushes ?
		 json_flushes(&r, flushes, flags & BUCKETS) : NULL);
	json_put(o, "server", json_server(&r));
	f = open_memstream(&text, &len);
	if (!f) {
		json_object_put(o);
		return NULL;
	}
	json_line(f, o);
	fclose(f);
	if (text)
		text[strcspn(text, "\n")] = 0;
	return text;
}

static void answer_snapshot(struct evhttp_request *req, void *arg)
{
	const int flags = flags_of(http_query(req), ALL | BUCKETS);
	char *text;

	(void)arg;
	if (flags < 0) {
		refuse(req, 400, "a snapshot takes all=1 and buckets=1\n");
		return;
	}
	text = print_snapshot(flags);
	if (!text) {
		fail(req);
		return;
	}
	http_add_header(req, "Cache-Control", "no-store");
	http_reply_text(req, "application/json", text, strlen(text));
}

static void answer_stream(struct evhttp_request *req, void *arg)
{
	const int flags = flags_of(http_query(req), BUCKETS);
	char *text;

	(void)arg;
	if (flags < 0) {
		refuse(req, 400, "the stream takes buckets=1\n");
		return;
	}
	if (http_is_head(req)) {
		http_reply(req, 200, "text/event-stream", "", 0, false);
		return;
	}
	text = print_snapshot(flags);
	if (!text)
		fail(req);
	else if (sse_open(http, req, flags))
		sse_state(req, flags, "snapshot", text);
	free(text);
}

static char *print_history(const char *query, char why[128])
{
	const uint64_t now = unix_ns();
	uint64_t oldest = past_oldest(past);
	struct past_clock clock = { .now = now, .offset = now - past_ns() };
	struct past_query q;
	struct report r;
	char *text = NULL;
	size_t len;
	FILE *f;

	oldest = oldest == UINT64_MAX ? now : past_since_1970(&clock, oldest);
	if (past_query(query, now / SECOND, oldest / SECOND, &q, why) ||
	    report_now(&r))
		return NULL;
	clock.start = started(&r) / SECOND;
	f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	json_past(f, past, &q, &clock, r.visible);
	fclose(f);
	return text;
}

static void answer_history(struct evhttp_request *req, void *arg)
{
	char why[130] = "", *text = print_history(http_query(req), why);
	size_t len = strlen(why);

	(void)arg;
	if (text) {
		http_add_header(req, "Cache-Control", "no-store");
		http_reply_text(req, "application/json", text, strlen(text));
		return;
	}
	if (!len) {
		fail(req);
		return;
	}
	strcpy(why + len, "\n");
	text = strdup(why);
	if (text)
		http_reply(req, 400, "text/plain; charset=utf-8", text, len + 1,
			   true);
	else
		fail(req);
}

#define KEEPS_NONE "serve keeps no events: start it with --keep-last SIZE\n"

static void answer_events(struct evhttp_request *req, void *arg)
{
	char *text;

	(void)arg;
	if (!watching->o->keep_last) {
		refuse(req, 404, KEEPS_NONE);
		return;
	}
	text = kept_events(watching, clock_offset() / 1e9);
	if (!text) {
		fail(req);
		return;
	}
	http_add_header(req, "Cache-Control", "no-store");
	http_reply_text(req, "application/json", text, strlen(text));
}

static char *make_recording(size_t *len)
{
	struct report r;

	return report_now(&r) ? NULL : kept_recording(watching, &r, len);
}

static void answer_recording(struct evhttp_request *req, void *arg)
{
	char name[96];

	(void)arg;
	if (!kept_records()) {
		refuse(req, 404, watching->o->keep_last ?
		       "the recording was given up: see what serve said on standard error\n" :
		       KEEPS_NONE);
		return;
	}
	snprintf(name, sizeof(name), "v7scope-%llu.rec",
		 (unsigned long long)(unix_ns() / SECOND));
	http_reply_file(req, "application/octet-stream", name, make_recording);
}

/* Requests are answered only after attaching, see http_poll(). */
static void answer_state(struct evhttp_request *req, void *arg)
{
	static const char yes[] = "ok\n";

	(void)arg;
	http_reply(req, 200, "text/plain; charset=utf-8", yes, strlen(yes),
		   false);
}

static void answer_page(struct evhttp_request *req, void *arg)
{
	static const char none[] = "v7scope " VERSION ", built without its page:"
		" /metrics /api/v1/snapshot /api/v1/stream /api/v1/history"
		" /api/v1/events /api/v1/recording /-/healthy"
		" /-/ready\n";
	const char *accepted = http_header(req, "Accept-Encoding");
	char *text;
	size_t len;

	(void)arg;
	if (!page_html_gz_size) {
		http_reply(req, 200, "text/plain; charset=utf-8", none,
			   strlen(none), false);
		return;
	}
	text = NULL;
	if (!accept_encoding(accepted, "gzip")) {
		text = unpack(page_html_gz, page_html_gz_size, &len);
		if (!text) {
			fail(req);
			return;
		}
	}
	http_add_header(req, "Content-Security-Policy", page_csp);
	http_add_header(req, "Referrer-Policy", "no-referrer");
	http_add_header(req, "Cache-Control", "no-cache");
	http_add_header(req, "Vary", "Accept-Encoding");
	if (text) {
		http_reply(req, 200, "text/html; charset=utf-8", text, len,
			   true);
		return;
	}
	http_add_header(req, "Content-Encoding", "gzip");
	http_reply(req, 200, "text/html; charset=utf-8",
		   (const char *)page_html_gz, page_html_gz_size, false);
}

static const struct http_path paths[] = {
	{ "/", answer_page },
	{ "/metrics", answer_metrics },
	{ "/api/v1/snapshot", answer_snapshot },
	{ "/api/v1/stream", answer_stream },
	{ "/api/v1/history", answer_history },
	{ "/api/v1/events", answer_events },
	{ "/api/v1/recording", answer_recording },
	{ "/-/healthy", answer_state },
	{ "/-/ready", answer_state },
};

static void remember(void)
{
	struct report r;

	if (!watch_report(watching, true, &r))
		past_add(past, past_ns(), unix_ns(), &r);
}

static int begin(struct watch *w, const struct report *r)
{
	char *folders[ACCESS_FOLDERS];
	size_t n;
	int err;

	watching = w;
	model_keep(w->model, KEEP, MODEL_IDLE);
	/* Read once now, so that the first request sees the existing page tables. */
	if (watch_fresh(w, 0) || http_start(http))
		return -1;
	remember();
	kept_begin(w, r);
	listen_notify("READY=1");
	n = access_folders(access_rules, folders);
	err = sandbox_enter(w->o->sandbox, (const char *const *)folders, n);
	while (n)
		free(folders[--n]);
	return err;
}

static void report(struct watch *w, const struct report *r)
{
	unsigned int i;
	char *text;

	if (r->final)
		return;
	remember();
	kept_reading(w, r);
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!sse_listeners(forms[i]))
			continue;
		text = print_snapshot(forms[i]);
		if (text)
			sse_state(NULL, forms[i], "snapshot", text);
		free(text);
	}
}

static void alarm_all(struct watch *w, const char *text)
{
	struct alarm *alarm = &alarms[(w->alarms - 1) % ALARMS];
	char clean[512];
	json *o;

	/* The log gets the first alarms; clients of the stream get all. */
	if (w->alarms <= ALARMS)
		err_print("%s", text);
	json_clean_utf8(clean, sizeof(clean), text);
	free(alarm->text);
	alarm->text = strdup(clean);
	alarm->time = unix_ns() / SECOND;
	if (!sse_listeners(-1))
		return;
	o = json_object_new_object();
	json_put_u64(o, "time", alarm->time);
	json_put_text(o, "text", clean);
	sse_event("alarm", json_object_to_json_string_ext(o,
			JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static int wait_and_serve(struct watch *w, struct pollfd *fds, nfds_t n)
{
	(void)w;
	return http_poll(http, fds, n);
}

static void print_address(const char *name)
{
	const char *scheme = access_tls(access_rules) ? "https" : "http";

	if (strchr(name, '/'))
		err_info("serving %s at %s", scheme, name);
	else
		err_info("serving at %s://%s/", scheme, name);
}

/* Open the ports before attaching, which takes seconds. */
static int listen_all(const struct opts *o)
{
	char name[LISTEN_NAME];
	int fd[LISTEN_MAX], n = o->listens, i;

	if (o->systemd_socket)
		n = listen_systemd(fd);
	for (i = 0; i < n && !o->systemd_socket; i++) {
		fd[i] = listen_open(o->listen[i]);
		if (fd[i] >= 0) {
			listens++;
			continue;
		}
		while (i)
			close(fd[--i]);
		return -1;
	}
	for (i = 0; i < n; i++) {
		print_address(listen_name(fd[i], name));
		if (http_listen(http, fd[i]))
			return -1;
	}
	return n < 0 ? -1 : 0;
}

static bool allow(struct evhttp_request *req, void *arg)
{
	(void)arg;
	return access_allow(access_rules, req);
}

static struct bufferevent *connect_by(struct event_base *base, void *arg)
{
	(void)arg;
	return access_connect(access_rules, base);
}

static int serve(struct opts *o)
{
	static const struct watcher verb = {
		.begin = begin,
		.record = kept_record,
		.report = report,
		.alarm = alarm_all,
		.poll = wait_and_serve,
		.silent = true,
		.flushes = true,
		.faults = FAULTS_COUNTED,
		.lazy = true,
	};
	const struct http_conf conf = {
		.paths = paths, .npaths = ARRAY_SIZE(paths),
		.allow = allow, .connect = connect_by,
	};

	err_json = o->log_json;
	if (o->systemd_socket && o->listens) {
		err_print("serve: use either --web.systemd-socket or --web.listen-address, see `v7scope help serve`");
		return EXIT_USAGE;
	}
	if (o->keep_last > KEPT_MAX) {
		err_print("serve: --keep-last keeps at most 8M in memory; `v7scope record --keep-last` keeps more in a file");
		return EXIT_USAGE;
	}
	if (!o->listens)
		o->listen[o->listens++] = ADDRESS;
	access_rules = access_new(o->web_config, o->allowed_hosts);
	if (!access_rules)
		return EXIT_RUNTIME;
	uname(&host);
	metrics = metrics_new(o->metrics, o->max_devices);
	past = past_new();
	http = http_new(&conf);
	if (!metrics || !past || !http ||
	    (o->keep_last && kept_open(o->keep_last)))
		return EXIT_RUNTIME;
	if (o->history && past_keep(past, o->history, past_ns(), unix_ns()))
		return EXIT_RUNTIME;
	if (listen_all(o))
		return EXIT_RUNTIME;
	o->want.ring = o->keep_last ? RING : 0;
	o->want.timeouts = o->keep_last;
	return watch(&cmd_serve, o, &verb);
}

static int serve_run(int argc, char **argv)
{
	struct opts o = { .interval = SECOND };
	int status = opts_parse(&cmd_serve, argc, argv, &o), i;
	unsigned int k;

	if (status >= 0)
		return status;
	status = serve(&o);
	http_free(http);
	for (k = 0; k < listens; k++)
		listen_remove(o.listen[k]);
	access_free(access_rules);
	metrics_free(metrics);
	past_free(past);
	kept_close();
	for (i = 0; i < ALARMS; i++)
		free(alarms[i].text);
	return status;
}

const struct cmd cmd_serve = {
	.name	= "serve",
	.what	= "serve metrics, a live page and JSON over HTTP",
	.help	=
	"Serves the events of the I/O page tables over HTTP, until SIGINT, SIGTERM or\n"
	"SIGHUP:\n"
	"/                  live page for browsers\n"
	"/metrics           metrics for Prometheus, or in OpenMetrics format\n"
	"/api/v1/snapshot   all counts since the start, as JSON\n"
	"/api/v1/stream     the snapshot once an interval, as server-sent events\n"
	"/api/v1/history    the last 15 minutes by the second, a day by the minute\n"
	"/api/v1/events     the last events that matter, with --keep-last\n"
	"/api/v1/recording  the last events, as a file for report and convert, likewise\n"
	"/-/healthy, /-/ready   status 200 while serve counts",
	.notes	=
	"The default interval is 1 second. serve reads the counters when a client asks,\n"
	"at most ten times a second.\n"
	"Anyone who reaches the address may read everything, unless --web.config.file\n"
	"requires a password or a certificate.\n"
	"Exit status: as for stat.\n",
	.opts	= OPT(INTERVAL) | OPT(TASKS) | OPT(STACKS) | OPT(TABLES) |
		  OPT(LISTEN) | OPT(SYSTEMD_SOCKET) | OPT(WEB_CONFIG) |
		  OPT(ALLOWED_HOSTS) | OPT(LOG_FORMAT) | OPT(SANDBOX) |
		  OPT(MAX_DEVICES) | OPT(METRICS_PROFILE) | OPT(HISTORY) | OPT(KEEP_LAST) |
		  OPT(NO_FLUSHES) | OPT(SOURCE) | OPT(BOOT) | OPT(BUFFER) |
		  OPT(BTF) | OPT(VERBOSE) | OPT(HELP),
	.run	= serve_run,
};
