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
		rows.set(devKey(dev.dev), dev);
	for (const table of snapshot.tables)
		rows.set(tableKey(table), table);
	rows.set('other', snapshot.other);
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

function take(snapshot) {
	const next = index(snapshot);
	let x, seconds;

	if (now && restarted(now, next)) {
		say('The server was restarted; its counts begin at 0');
		generation++;
		now = anchor = null;
	}
	x = timeOf(next);
	seconds = now ? less(next.elapsed_ns, now.elapsed_ns) / 1e9 : 0;
	/* The first snapshot of a connection arrives in the middle of an interval. */
	if (now && seconds < next.server.interval / 2)
		return;
	if (now) {
		const rows = new Map();

		for (const [key, row] of next.rows) {
			const f = figures(row, now.rows.get(key), seconds);

			if (key === ALL || f.subarray(0, SHARE).some((n) => n > 0))
				rows.set(key, f);
		}
		addPoint({ x, seconds, generation, rows });
	} else {
		addPoint({ x, seconds, generation, rows: null });
	}
	then = now;
	now = next;
	pendingAlarms = [];
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
	stream = new EventSource('api/v1/stream');
	stream.addEventListener('snapshot', (event) => {
		arrived = performance.now();
		tries = 0;
		if (goneSince)
			say('Reconnected after ' + Math.round((Date.now() - goneSince) / 1000) + ' s');
		goneSince = 0;
		const first = !now;

		take(parse(event.data));
		if (first)
			say('Connected to ' + now.server.host);
		setState('live');
	});
	stream.addEventListener('alarm', (event) => {
		pendingAlarms.push(String(parse(event.data).text));
		say(pendingAlarms[pendingAlarms.length - 1]);
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

