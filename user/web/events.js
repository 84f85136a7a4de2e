// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- The last events that matter ---- */

/* The snapshot has their number. They are fetched when it grows, every two seconds at most. */
const EVENTS_MS = 2000;
let events = [], eventsOffset = 0, eventsCount = null, eventsGeneration = 0, eventsAt = -Infinity, eventsLoading = false;

async function loadEvents() {
	const { events: n } = now.server;

	if (n === null || eventsLoading || (n === eventsCount && eventsGeneration === generation) || performance.now() - eventsAt < EVENTS_MS)
		return;
	eventsLoading = true;
	try {
		const answer = parse(await (await fetch('api/v1/events')).text());

		events = answer.events.reverse();
		eventsOffset = answer.offset;
		eventsCount = answer.count;
		eventsGeneration = generation;
	} catch (e) {
		say('The board\'s last events are not available');
	}
	eventsLoading = false;
	eventsAt = performance.now();
	draw();
}

const words = (text) => String(text === null ? 'unknown' : text).replaceAll('_', ' ');
const waitText = (e) => known(e.wait_ns) && Number(e.wait_ns) ? ', waited ' + duration(e.wait_ns) +
	(Number(e.holder) > 0 ? ' for pid ' + e.holder : '') : '';
const eventText = {
	install: (e) => 'install ' + words(e.outcome) + ' (' + words(e.why) + ')',
	split: (e) => 'split of a ' + (e.kind === 'cont' ? 'large page' : 'section') + ': ' + words(e.outcome) + waitText(e),
	refuse: (e) => 'request refused: ' + words(e.why),
	free: (e) => 'table freed: ' + words(e.why),
	fault: (e) => 'fault: ' + (e.access || 'read or write'),
};
/* It has neither a task nor a page table. */
const isFault = (e) => e.event === 'fault';
const eventTime = (e) => new Date(1000 * (Number(e.time_ns) / 1e9 + eventsOffset));
const eventColumns = [
	{ name: 'event', text: (e) => (eventText[e.event] || ((other) => words(other.event)))(e) },
	{ name: 'time', text: (e) => dateTime(eventTime(e).getTime()) },
	{ name: 'task', text: (e) => isFault(e) ? '–' : taskName(e.comm, e.tgid, e.pid) },
	{ name: 'IOVA', text: (e) => known(e.iova) ? '0x' + e.iova.toString(16) : '?' },
	{ name: 'page table', text: (e) => isFault(e) ? e.dev === null ? '?' : devName(e.dev) : e.pgtable === null ? '?' : e.pgtable + ' of ' + devName(e.dev) },
	{ name: 'level', value: (e) => known(e.level) ? Number(e.level) : null, text: (e) => isFault(e) ? '–' : known(e.level) ? String(e.level) : '?' },
	{ name: 'CPU', value: (e) => Number(e.cpu), text: (e) => String(e.cpu) },
];

function drawEvents(s) {
	const kept = shown.now.server.events !== null;

	if (kept)
		loadEvents();
	$('recording').hidden = !kept;
	eventsList.update(kept ? events.filter(inScope(s)) : [], [], kept ? 'None so far.' :
		'Not kept. Start serve with --keep-last SIZE, for example 4M.');
}
