// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The board sends totals since the start, see JSON OF STAT in v7scope-json(5); the page
 * computes the differences. Names are inserted as text, never as HTML. null is shown as
 * "not on this kernel", never as 0.
 */
'use strict';

const POINTS = 900;		/* kept, at any interval */
const BUCKETS = 32;		/* of a histogram, each a power of two */
const BUSIEST = 4;		/* devices in a point of the board's history */
const PAST_DEVICES = 32;	/* that it has names for */
const LINES = 6;		/* in a chart, besides the total */
const ROWS = 20;		/* of a list, until the user asks for all */
const LOG = 50;
const LATE_MS = 5000;		/* without data, or three intervals if longer */
const NOT_HERE = 'not on this kernel';

const $ = (id) => document.getElementById(id);

/* ---- Numbers ---- */

/*
 * A u64 above 2^53 becomes a BigInt, so that differences are exact. A browser that does
 * not pass the digits (third argument of JSON.parse's reviver) uses the nearest double,
 * which is off by at most 1 in 2^53.
 */
function parse(text) {
	if (!/\d{16}/.test(text))
		return JSON.parse(text);
	return JSON.parse(text, (key, value, context) =>
		typeof value === 'number' && !Number.isSafeInteger(value) &&
		context && /^-?\d+$/.test(context.source) ?
			BigInt(context.source) : value);
}

/* Difference; null if a value is not known. */
function less(now, then) {
	if (now === null || now === undefined || then === null)
		return null;
	if (then === undefined)
		return Number(now);
	return typeof now === typeof then ? Number(now - then) :
		Number(BigInt(now) - BigInt(then));
}

const known = (n) => n !== null && n !== undefined && !Number.isNaN(n);

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, '\u202f');
const count = (n) => String(n).replace(/\d+/, grouped);

function perSecond(n) {
	if (!known(n))
		return '–';
	return n === 0 || n >= 100 ? count(Math.round(n)) : n.toFixed(n < 1 ? 2 : 1);
}

const percent = (share) => known(share) ? (100 * share).toFixed(2) : '–';

function duration(ns) {
	const units = [['µs', 1e3], ['ms', 1e6], ['s', 1e9]];
	let u = 0, n;

	if (!known(ns))
		return '–';
	if (ns < 1000)
		return ns + '\u202fns';
	ns = Number(ns);
	while (u < 2 && Math.round(ns / units[u][1]) >= 1000)
		u++;
	n = ns / units[u][1];
	return (n < 99.95 ? n.toFixed(1) : count(Math.round(n))) + '\u202f' + units[u][0];
}

const clock = (ms) => new Date(ms).toTimeString().slice(0, 8);
/* The date is left out if it is today. */
function dateTime(ms) {
	const day = new Date(ms).toLocaleDateString('sv');

	return (day === new Date().toLocaleDateString('sv') ? '' : day + ' ') + clock(ms);
}

/* ---- Names ---- */

/* Escape characters that are invisible, or change the direction of the text. */
const visible = (s) => s.replace(/[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, (c) =>
	(c < '\xa0' ? '\\x' : '\\u') + c.charCodeAt(0).toString(16).padStart(2, '0'));
const devName = (dev) => dev === null ? 'no device' : visible(dev);
const taskName = (comm, tgid, pid) =>
	visible(comm === null ? '?' : comm) + '/' + (tgid === pid ? pid : tgid + ':' + pid);

/* ---- Rows: page tables, devices, the total ---- */

const ALL = 'all';
const devKey = (dev) => dev === null ? 'd' : 'd/' + dev;
function tableKey(t) {
	return t.pgtable === null ? 'old/' + devKey(t.dev) : 't/' + t.pgtable;
}

/* Some kernels show only the splits of sections. */
const blocksOnly = (row) => row.split.attempts === null && row.split.block.done !== null;
const splits = (row) => blocksOnly(row) ? row.split.block.done : row.split.attempts;

/* The same rule as events_refusals() in the tool. */
function refused(row) {
	let sum = 0;

	for (const why in row.refuse) {
		if (why === 'expected')
			continue;
		if (row.refuse[why] === null)
			return null;
		sum += Number(row.refuse[why]);
	}
	return sum;
}

/* Figures kept for each interval: rates, a share, nanoseconds. */
const INSTALLS = 0, LOST = 1, SPLITS = 2, WAITS = 3, FREES = 4, REFUSED = 5, SHARE = 6, P50 = 7,
	P99 = 8, FIGURES = 9;
const counters = [
	(row) => row.install.attempts, (row) => row.install.lost, splits,
	(row) => row.split.waits, (row) => row.free.tables, refused,
];

/* The same rule as hist_percentile() in the tool. */
function percentile(buckets, percents, max) {
	const n = buckets.reduce((a, b) => a + b, 0);
	const rank = Math.max(1, Math.ceil(n * percents / 100));
	let i, below = 0;

	if (!n)
		return NaN;
	for (i = 0; i < buckets.length - 1; i++) {
		below += buckets[i];
		if (below >= rank)
			break;
	}
	max = max === null ? Infinity : Number(max);
	if (i === buckets.length - 1)
		return max === Infinity ? NaN : max;
	return Math.min(2 ** i, max);
}

function bucketsSince(times, then) {
	return times.buckets.map((n, i) => less(n, then ? then.buckets[i] : 0));
}

/* Figures of a row in an interval of this many seconds. */
function figures(row, then, seconds) {
	const f = new Float64Array(FIGURES).fill(NaN);
	let buckets;

	counters.forEach((counter, i) => {
		const n = less(counter(row), then ? counter(then) : undefined);

		if (n !== null && n >= 0)
			f[i] = n / seconds;
	});
	if (f[INSTALLS] > 0)
		f[SHARE] = f[LOST] / f[INSTALLS];
	if (row.wait_ns) {
		buckets = bucketsSince(row.wait_ns, then && then.wait_ns);
		f[P50] = percentile(buckets, 50, row.wait_ns.max);
		f[P99] = percentile(buckets, 99, row.wait_ns.max);
	}
	return f;
}

