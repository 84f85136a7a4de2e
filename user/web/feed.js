// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- Data ---- */

/*
 * A point has a time, and the figures of each row with events. A point without rows
 * is a gap. After a reboot, numbers of page tables are reused; the generation keeps
 * old and new page tables apart.
 */
const points = [];
let now = null, then = null;	/* the last two snapshots, with rows by key */
let generation = 0;
let arrived = 0;		/* when the last one did, performance.now() */
let paused = false;
let shown = null;		/* what is on the screen: { now, then, x, generation } */
let pendingAlarms = [];

function addPoint(point) {
	points.push(point);
	if (points.length > POINTS)
		points.shift();
}

function index(snapshot) {
	const rows = new Map();

	rows.set(ALL, snapshot.total);
	for (const dev of snapshot.devices)
		rows.set(dev.key = devKey(dev.dev), dev);
	for (const table of snapshot.tables)
		rows.set(table.key = tableKey(table), table);
	for (const other of snapshot.others) {
		other.key = other.dev === null ? 'other' : 'other/' + other.dev + '/' + other.fmt;
		other.name = 'page tables without a slot';
		rows.set(other.key, other);
	}
	snapshot.rows = rows;
	snapshot.connection = connections;
	return snapshot;
}

/*
 * Detect a restart of the server, or of its counters. The start time is compared only
 * after a reconnect, because the board's clock may be set while a connection lasts, and
 * no connection outlives a restart.
 */
function restarted(a, b) {
	return less(b.elapsed_ns, a.elapsed_ns) < 0 ||
		(a.connection !== b.connection && Math.abs(b.server.start - a.server.start) > 5) ||
		counters.some((counter) => less(counter(b.total), counter(a.total)) < 0);
}

/*
 * The charts use the board's monotonic time, which no change of a clock disturbs,
 * relative to the first snapshot. After a suspend the two differ, so the anchor is set
 * anew.
 */
let anchor = null;
function timeOf(snapshot) {
	const elapsed = Number(snapshot.elapsed_ns) / 1e9, last = points[points.length - 1];

	if (anchor === null || Math.abs(anchor + elapsed - Date.now() / 1000) > LATE_MS / 1000)
		anchor = Date.now() / 1000 - elapsed;
	return last ? Math.max(anchor + elapsed, last.x + 0.001) : anchor + elapsed;
}

/* Rows that a snapshot does not list have counts that are not known. */
const LISTS = [[/^t\//, 'tables'], [/^d(\/|$)/, 'devices'], [/^other/, 'others']];
const omits = (snapshot, key) => Boolean(snapshot) && LISTS.some(([keys, list]) => keys.test(key) && Number(snapshot.omitted[list]) > 0);
const omitsAny = (snapshot) => LISTS.some(([, list]) => Number(snapshot.omitted[list]) > 0);

/*
 * Figures of a row since the snapshot before. A row that it omitted has none, because
 * its counts may be those of hours.
 */
function figuresSince(row, before, key, seconds) {
	const old = before.rows.get(key);

	return !old && omits(before, key) ? new Float64Array(FIGURES).fill(NaN) : figures(row, old, seconds);
}

function take(snapshot) {
	const next = index(snapshot);
	let x, seconds;

	if (now && restarted(now, next)) {
		say('The server was restarted; its counts begin at 0');
		generation++;
		now = anchor = null;
		day = [];
		dayAt = -Infinity;
	}
	x = timeOf(next);
	seconds = now ? less(next.elapsed_ns, now.elapsed_ns) / 1e9 : 0;
	/* The first snapshot of a connection arrives in the middle of an interval. */
	if (now && seconds < next.server.interval / 2)
		return;
	if (now) {
		const rows = new Map(), times = new Map();

		for (const [key, row] of next.rows) {
			const old = now.rows.get(key), f = figuresSince(row, now, key, seconds);

			if (key !== ALL && !f.subarray(0, SHARE).some((n) => n > 0) && (old || !omits(now, key)))
				continue;
			rows.set(key, f);
			if (!old && omits(now, key))
				continue;
			times.set(key, histograms.map(([name]) => row[name] &&
				durations(bucketsSince(row[name], old && old[name]), row[name].max)));
		}
		/* A row without figures here was idle, unless it was not listed. */
		addPoint({ x, seconds, generation, rows, times,
			listed: omitsAny(next) ? { omitted: next.omitted, keys: new Set(next.rows.keys()) } : null });
	} else {
		addPoint({ x, seconds, generation, rows: null });
	}
	then = now;
	now = next;
	pendingAlarms = [];
	if (!paused)
		show();
}

/*
 * Fill the charts with what the board saw before the page was opened. The board has the
 * total and the busiest devices of each second; page tables begin with the page.
 */
const historyCounters = ['installs', 'lost', 'splits', 'waits', 'frees', 'refused'];

function pastFigures(sum, seconds) {
	const f = new Float64Array(FIGURES).fill(NaN);

	historyCounters.forEach((name, i) => {
		if (sum[name] !== null)
			f[i] = sum[name] / seconds;
	});
	if (f[INSTALLS] > 0)
		f[SHARE] = f[LOST] / f[INSTALLS];
	return f;
}

function pastPoint(p, devices, x) {
	const rows = new Map(), times = new Map();
	const add = (key, sum) => {
		rows.set(key, pastFigures(sum, p.seconds));
		times.set(key, histograms.map(([name]) => sum[name] && durations(sum[name], null)));
	};

	add(ALL, p.total);
	for (const d of p.devices)
		add(devKey(devices[d.device]), d);
	/* A device that is not listed was idle, unless there were more than are kept. */
	return { x, seconds: p.seconds, generation, rows, times, past: true,
		complete: p.devices.length < BUSIEST && devices.length < PAST_DEVICES };
}

/* Points of the board's history, with gaps; null: there is none. */
async function pastPoints(query) {
	const out = [];
	let past, shift;

	try {
		past = parse(await (await fetch('api/v1/history' + query)).text());
	} catch (e) {
		return null;
	}
	shift = Date.now() / 1000 - past.now;
	for (const p of past.points.map((q) => pastPoint(q, past.devices, q.end + shift))) {
		const last = out[out.length - 1];

		if (last && p.x - p.seconds > last.x + 2 * past.step + 2)
			out.push({ x: p.x - p.seconds, seconds: 0, generation, rows: null, past: true });
		out.push(p);
	}
	return { points: out, start: past.start + shift };
}

/* A day by the minute, fetched when the user looks further back than the page's points. */
let day = [], dayAt = -Infinity, dayLoading = false;

async function loadDay() {
	if (dayLoading || performance.now() - dayAt < 60000)
		return;
	dayLoading = true;
	const past = await pastPoints('?step=60&from=' + (shown.now.server.now - 86400));

	dayLoading = false;
	dayAt = performance.now();
	if (past)
		day = past.points;
	draw();
}

let pastLoaded = false;

async function fillPast() {
	await addPast();
	pastLoaded = true;
	if (shown)
		draw();
}

async function addPast() {
	const born = generation, past = await pastPoints('');
	let added, room;

	if (!past) {
		say('The board\'s history is not available');
		return;
	}
	/* The server was restarted meanwhile, or the page was filled before. */
	if (born !== generation || !points.length || points.some((p) => p.past))
		return;
	const first = points[0];

	added = past.points.filter((p) => p.x < first.x);
	if (!added.length)
		return;
	/* The page's first snapshot marks a gap, and here there is none. */
	if (!first.rows && first.x - added[added.length - 1].x < Math.max(2, 2 * now.server.interval))
		points.shift();
	/* The board's own start is a gap. */
	if (past.start > added[0].x - added[0].seconds - 2) {
		added.unshift({ x: added[0].x - added[0].seconds, seconds: 0, generation, rows: null, past: true });
		say('The board\'s history begins with the start of serve at ' + dateTime(1000 * past.start));
	}
	room = Math.max(0, POINTS - points.length);
	points.unshift(...added.slice(Math.max(0, added.length - room)));
	if (!paused)
		show();
}

function show() {
	shown = { now, then, generation, x: points[points.length - 1].x };
	draw();
}

/* ---- The connection ---- */

const limit = () => Math.max(LATE_MS, now ? 3000 * now.server.interval : 0);
const age = () => performance.now() - arrived;

let stream = null, connections = 0, state = '', tries = 0, retry = 0, goneSince = 0;

function connect() {
	clearTimeout(retry);
	if (stream)
		stream.close();
	connections++;
	/* The heatmaps and the percentiles of an interval need the buckets of each row. */
	stream = new EventSource('api/v1/stream?buckets=1');
	stream.addEventListener('snapshot', (event) => {
		arrived = performance.now();
		tries = 0;
		if (goneSince)
			say('Reconnected after ' + Math.round((Date.now() - goneSince) / 1000) + ' s');
		goneSince = 0;
		const first = !now;

		take(parse(event.data));
		if (first) {
			say('Connected to ' + now.server.host);
			if (points.length === 1)
				fillPast();
		}
		setState('live');
	});
	stream.addEventListener('alarm', (event) => {
		const { time, text } = parse(event.data);

		pendingAlarms.push({ time, text: String(text) });
		say(text);
		drawAlarm();
	});
	stream.onerror = () => lost(stream.readyState === EventSource.CLOSED ?
		'The board refused the connection: too many clients, or a password is needed' : 'No connection to the board');
}

/* Retry with growing delays, at random so that clients do not reconnect at once. */
function lost(why) {
	const wait = Math.min(5000, 500 * 2 ** tries++) * (0.75 + Math.random() / 2);

	stream.close();
	if (!goneSince) {
		goneSince = Date.now();
		say(why);
	}
	setState('gone', why);
	clearTimeout(retry);
	retry = setTimeout(connect, wait);
}

/* Each state differs in shape and in text, not only in colour. */
const states = {
	'': ['○', 'connecting'],
	live: ['●', 'live'],
	late: ['◐', 'late'],
	gone: ['✕', 'not connected'],
};

function setState(next, why) {
	if (state !== next || why)
		$('gone-said').textContent = (why || 'No data from the board') + (now ?
			'. The page shows data as of ' + clock(Date.now() - age()) + '.' : '.') +
			(next === 'gone' ? ' Retrying.' : '');
	state = next;
	document.body.dataset.state = state || 'connecting';
	setText($('mark'), paused ? '‖' : states[state][0]);
	setText($('said'), paused ? 'paused, ' + states[state][1] : states[state][1]);
	$('gone').hidden = state !== 'gone' && state !== 'late';
	drawAge();
}

function drawAge() {
	const old = shown && performance.now() - (paused ? pausedAt : arrived);

	setText($('age'), !shown ? '' : old < 1500 && state === 'live' && !paused ? 'up to date' :
		'data is ' + Math.round(old / 1000) + '\u202fs old');
}

function tick() {
	if (state === 'live' && age() > limit())
		setState('late');
	/* The network may drop a connection without an error. */
	if (state === 'late' && age() > 3 * limit())
		lost('No data for ' + Math.round(age() / 1000) + ' s');
	drawAge();
}

let pausedAt = 0;
function pause() {
	paused = !paused;
	pausedAt = arrived;
	$('pause').setAttribute('aria-pressed', paused);
	setText($('pause'), paused ? 'Resume' : 'Pause');
	if (!paused && now)
		show();
	setState(state);
}

/* ---- Event log ---- */

function say(text) {
	const log = $('log');

	log.prepend(make('li', {}, make('time', {}, clock(Date.now())), ' ' + visible(text)));
	while (log.childElementCount > LOG)
		log.lastElementChild.remove();
}

