// SPDX-License-Identifier: GPL-2.0
'use strict';

/* ---- What was received ---- */

/*
 * A point of the past: when, and the figures of each row in which something
 * happened. Without rows it is a gap. The numbers of page tables begin again when
 * the board does, so that those of before are not told apart: generation.
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
 * Counters begin again: the board's server did, or what it counts with. When it was
 * started is told by a clock that may be set, or read late: so that says nothing as
 * long as the connection lasts, which no restart outlives.
 */
function restarted(a, b) {
	return less(b.elapsed_ns, a.elapsed_ns) < 0 ||
		(a.connection !== b.connection && Math.abs(b.server.start - a.server.start) > 5) ||
		counters.some((counter) => less(counter(b.total), counter(a.total)) < 0);
}

/*
 * Time in the charts is the board's own, which no step of a clock disturbs, from
 * when we first saw it; unless that is off by now, as after a sleep.
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
		say('The server on the board was started again: its counts begin at 0');
		generation++;
		now = anchor = null;
	}
	x = timeOf(next);
	seconds = now ? less(next.elapsed_ns, now.elapsed_ns) / 1e9 : 0;
	/* The first that one is sent comes in the middle of an interval. */
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
			say('The connection is back after ' + Math.round((Date.now() - goneSince) / 1000) + ' s');
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
		'The board does not let us listen: too many do, or it wants a password again' : 'No connection to the board');
}

/* Again, sooner at first; not all who watch a board at the same time. */
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

/* Each state has a sign of its own shape, and says what it is. */
const states = {
	'': ['○', 'connecting'],
	live: ['●', 'live'],
	late: ['◐', 'late'],
	gone: ['✕', 'not connected'],
};

function setState(next, why) {
	if (state !== next || why)
		$('gone-said').textContent = (why || 'No figures come from the board') + (now ?
			'. What is shown is as of ' + clock(Date.now() - age()) + '.' : '.') +
			(next === 'gone' ? ' This page goes on trying.' : '');
	state = next;
	document.body.dataset.state = state || 'connecting';
	setText($('mark'), paused ? '‖' : states[state][0]);
	setText($('said'), paused ? 'paused, ' + states[state][1] : states[state][1]);
	$('gone').hidden = state !== 'gone' && state !== 'late';
	drawAge();
}

function drawAge() {
	const old = shown && performance.now() - (paused ? pausedAt : arrived);

	setText($('age'), !shown ? '' : old < 1500 && state === 'live' && !paused ? 'figures of now' :
		'figures are ' + Math.round(old / 1000) + '\u202fs old');
}

function tick() {
	if (state === 'live' && age() > limit())
		setState('late');
	/* The network may have swallowed the connection without a word. */
	if (state === 'late' && age() > 3 * limit())
		lost('No figures for ' + Math.round(age() / 1000) + ' s');
	drawAge();
}

let pausedAt = 0;
function pause() {
	paused = !paused;
	pausedAt = arrived;
	$('pause').setAttribute('aria-pressed', paused);
	setText($('pause'), paused ? 'Go on' : 'Pause');
	if (!paused && now)
		show();
	setState(state);
}

/* ---- What happened ---- */

function say(text) {
	const log = $('log');

	log.prepend(make('li', {}, make('time', {}, clock(Date.now())), ' ' + visible(text)));
	while (log.childElementCount > LOG)
		log.lastElementChild.remove();
}

