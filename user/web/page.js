// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- Views ---- */

const shownSeconds = () => shown.then ? less(shown.now.elapsed_ns, shown.then.elapsed_ns) / 1e9 : 0;

/* null: the number of page tables without a slot is not known. */
const tablesCount = (row) => row.pgtables === null ? '–' : count(row.pgtables);
const tablesText = (row) => row.pgtables === null ? 'page tables without a slot' : count(row.pgtables) + ' page tables';

/* A sum of destroyed page tables also grows when another table is added to it. */
function lastFigures(key) {
	const row = shown.now.rows.get(key), seconds = shownSeconds();

	return row && seconds && !key.startsWith('old/') ? figuresSince(row, shown.then, key, seconds) :
		new Float64Array(FIGURES).fill(NaN);
}

/* A snapshot lists at most 64 entries of each kind. */
const noneListed = (list, none) => Number(shown.now.omitted[list]) ? 'Not among the 64 listed.' : none;
const withoutSome = (list) => Number(shown.now.omitted[list]) ?
	', without ' + count(shown.now.omitted[list]) + (list === 'devices' ? '' : ' of all devices') : '';

/* Key figures of a row. */
const glance = [
	{ name: 'Lost races', noun: ' lost', field: 'install.lost', value: (f) => percent(f[SHARE]), unit: '% of installs',
		of: (r) => r.install.attempts === null ? null : r.install.lost,
		more: (r, f) => [perSecond(f[LOST]) + ' lost/s', r.install.attempts === null ? '' :
			percent(Number(r.install.lost) / Number(r.install.attempts)) + '\u202f% since the start'] },
	{ name: 'Installs', field: 'install.attempts', value: (f) => perSecond(f[INSTALLS]), unit: '/s', of: (r) => r.install.attempts },
	{ name: 'Splits', field: 'split.attempts', value: (f) => perSecond(f[SPLITS]), unit: '/s', of: splits,
		more: (r) => [blocksOnly(r) ? 'sections only' : ''] },
	{ name: 'Waits for split_lock', field: 'split.waits', value: (f) => perSecond(f[WAITS]), unit: '/s', of: (r) => r.split.waits },
	{ name: 'Wait, p99', field: 'wait_ns.p99', value: (f) => duration(f[P99]), unit: '', of: (r) => r.wait_ns,
		total: (r) => duration(r.wait_ns.p99),
		more: (r, f) => ['p50 ' + duration(f[P50]), 'max ' + duration(r.wait_ns.max)] },
	{ name: 'Tables freed', field: 'free.tables', value: (f) => perSecond(f[FREES]), unit: '/s', of: (r) => r.free.tables },
	{ name: 'Refused', field: 'refuse', value: (f) => perSecond(f[REFUSED]), unit: '/s', of: refused },
	{ name: 'Tables alive', noun: ' net', field: 'alive', of: (r) => r.net === null ? null : r,
		value: (f, r) => r.alive === null ? 'not known' : count(r.alive), unit: '',
		total: (r) => (r.net > 0 ? '+' : '') + count(r.net),
		more: (r) => [r.alive_why || ''] },
];

function drawGlance(s) {
	const f = lastFigures(s.key);

	each($('now'), glance, (g) => g.name, (g) => make('div', {}, make('dt', {}, g.name),
		make('dd', { class: 'big' }, make('span', {}), make('small', {})),
		make('dd', { class: 'more', 'data-field': g.field })), (e, g) => {
		const [, big, more] = e.children, n = g.of(s.row);

		e.className = n === null ? 'absent' : '';
		setText(big.children[0], n === null ? NOT_HERE : g.value(f, s.row));
		setText(big.children[1], n === null ? '' : ' ' + g.unit);
		each(more, n === null ? [] : [[g.total ? g.total(s.row) : count(n), (g.noun || '') + ' since the start']].concat((g.more ? g.more(s.row, f) : []).filter(Boolean).map((text) => [text, ''])),
		(item) => item, () => make('span', {}), (span, item) => setText(span, item.join('')));
	});
}

const swatch = (i) => make('svg', { class: 'swatch line-' + LETTERS[i], width: 26, height: 8, 'aria-hidden': 'true' },
	make('line', { x1: 0, y1: 4, x2: 26, y2: 4, 'stroke-dasharray': DASHES[i].join(' ') || null }));

/* A link into the row, with its line and letter in the charts. */
function fillName(cell, row) {
	const key = keyOfPart(row), line = drawnLines.indexOf(key);
	const goes = !key.startsWith('other') && !key.startsWith('old/');
	const text = row.name || (key.startsWith('d') ? devName(row.dev) : key.startsWith('old/') ?
		count(row.pgtables) + ' older page tables, destroyed' : 'page table ' + row.pgtable);
	const state = line + goes + text;

	if (cell.state === state)
		return;
	cell.state = state;
	if (!cell.firstChild || (cell.querySelector('a') === null) === goes)
		cell.replaceChildren(make('span', { class: 'line' }), goes ? make('a', { href: href(key) }) : make('span', {}));
	cell.firstChild.replaceChildren(...(line < 0 ? [] : [make('b', {}, LETTERS[line]), swatch(line)]));
	setText(cell.lastChild, text);
}

let drawnLines = [];
let interval = new Map();	/* figures of the last interval, by key */
const fig = (row) => interval.get(row.key) || new Float64Array(FIGURES).fill(NaN);

const fmtName = (r) => r.fmt || (Number(r.pgtables) > 1 ? 'several' : '?');

const partColumns = [
	{ name: 'device', fill: fillName, text: (r) => devName(r.dev) },
	{ name: 'format', text: fmtName },
	{ name: 'tables', long: 'page tables', value: (r) => r.pgtables, text: tablesCount },
	{ name: 'lost %', value: (r) => fig(r)[SHARE], text: (r) => percent(fig(r)[SHARE]),
		of: (t) => t.install.attempts === null ? null : t.install.lost },
	{ name: 'lost/s', value: (r) => fig(r)[LOST], text: (r) => perSecond(fig(r)[LOST]), of: (t) => t.install.lost },
	{ name: 'installs/s', value: (r) => fig(r)[INSTALLS], text: (r) => perSecond(fig(r)[INSTALLS]), of: (t) => t.install.attempts },
	{ name: 'splits/s', value: (r) => fig(r)[SPLITS], text: (r) => perSecond(fig(r)[SPLITS]), of: splits },
	{ name: 'waits/s', value: (r) => fig(r)[WAITS], text: (r) => perSecond(fig(r)[WAITS]), of: (t) => t.split.waits },
	{ name: 'wait p99', value: (r) => fig(r)[P99], text: (r) => duration(fig(r)[P99]), of: (t) => t.wait_ns },
	{ name: 'lost (total)', long: 'lost since the start', value: (r) => Number(r.install.lost), text: (r) => count(r.install.lost), of: (t) => t.install.lost },
	{ name: 'refused', value: (r) => refused(r), text: (r) => count(refused(r)), of: refused },
	{ name: 'alive', long: 'tables alive', value: (r) => r.alive, text: (r) => r.alive === null ? r.destroyed ? 'destroyed' : '?' : count(r.alive),
		of: (t) => t.net },
];
const tableColumns = [{ name: 'page table', fill: fillName, text: (r) => Number(r.pgtable), value: undefined }]
	.concat(partColumns.slice(1).filter((c) => c.name !== 'tables'));
const absentOf = (columns) => columns.filter((c) => c.of && c.of(shown.now.total) === null);

function drawParts(s) {
	const devices = s.key === ALL, list = devices ? devicesList : tablesList;
	let rows = s.isTable ? [] : parts(s);

	$('parts').hidden = s.isTable;
	if (s.isTable)
		return;
	drawnLines = lines(s);
	setText($('parts-title'), devices ? 'Devices' + withoutSome('devices') : 'Page tables' + withoutSome('tables'));
	for (const l of [devicesList, tablesList])
		l.element.hidden = l !== list;
	if (!devices)
		rows = rows.slice().sort((a, b) => Number(a.destroyed === true) - Number(b.destroyed === true));
	/* A device includes its page tables without a slot. */
	rows = rows.concat(shown.now.others.filter((o) => o.dev === (devices ? null : s.dev)));
	interval = new Map(rows.map((row) => [keyOfPart(row), lastFigures(keyOfPart(row))]));
	list.update(rows, absentOf(list.columns), devices ? 'No page table has had an event yet.' : noneListed('tables', 'No page tables.'));
}

/* The three times, as bars. */
function drawHistograms(s) {
	const last = $('hist-of').value === 'last';
	const old = last && shown.then ? shown.then.rows.get(s.key) : null, unknown = last && !old && omits(shown.then, s.key);

	each($('hists'), histograms, (h) => h[0], (h) => make('figure', { 'data-hist': h[0] },
		make('figcaption', {}, make('b', {}, h[1]), ' ', make('span', { class: 'unit' }, h[2]), make('p', { class: 'value' })),
		make('p', { class: 'absent' }, NOT_HERE),
		make('table', { class: 'hist' }, make('caption', { class: 'unseen' }, h[1]),
			head('up to', 'bar', 'count', 'share'),
			make('tbody', {}))), (e, h) => {
		const times = s.row[h[0]], [caption, absent, table] = e.children;

		absent.hidden = times !== null;
		setText(caption.lastChild, '');
		table.hidden = times === null || unknown;
		if (unknown && times !== null)
			setText(caption.lastChild, 'not known: not among the 64 listed before');
		else if (times !== null)
			drawHistogram(caption.lastChild, table.tBodies[0], times, last ? old && old[h[0]] : null, last);
	});
}

function drawHistogram(caption, body, times, old, last) {
	const buckets = last ? shown.then ? bucketsSince(times, old) : times.buckets.map(() => 0) : times.buckets.map(Number);
	const n = buckets.reduce((a, b) => a + b, 0), most = Math.max(...buckets);
	const ends = buckets.map((b, i) => b ? i : -1).filter((i) => i >= 0);
	const first = Math.min(...ends), end = Math.max(...ends);
	const p = (percents) => last ? percentile(buckets, percents, times.max) : times['p' + percents];
	const untimed = last ? less(times.untimed, old ? old.untimed : 0) : times.untimed;

	setText(caption, !n ? last ? 'none in the last interval' : 'none so far' :
		(last ? count(n) : count(times.count)) + '  p50 ' + duration(p(50)) + '  p99 ' + duration(p(99)) +
		(last ? '' : '  max ' + duration(times.max)) + (untimed ? '  plus ' + count(untimed) + ' not timed' : ''));
	/* One row for all empty buckets between two others. */
	const rows = (n ? buckets.map((b, i) => ({ i, n: b })).slice(first, end + 1) : []).filter((b) => b.n || buckets[b.i - 1]);

	each(body, rows, (b) => b.i + (b.n ? '' : ' none'), (b) => make('tr', {},
		make('th', { scope: 'row' }, !b.n ? '⋮' : b.i === buckets.length - 1 ? '> ' + duration(2 ** (b.i - 1)) : '≤ ' + duration(2 ** b.i)),
		make('td', { class: 'bar' }, make('div', {}), make('span', {})), make('td', { class: 'n' }), make('td', { class: 'n' })),
	(tr, b) => {
		if (!b.n) {
			tr.children[1].children[0].style.width = '0';
			setText(tr.children[1].children[1], 'none');
			return;
		}
		const bar = tr.children[1].children[0], marks = [50, 99].filter((q) => {
			const at = Number(p(q));

			return known(at) && (b.i === 0 || at > 2 ** (b.i - 1)) && (at <= 2 ** b.i || b.i === buckets.length - 1);
		});

		/* Every bucket with a count has a visible bar. */
		bar.style.width = b.n ? Math.max(1, 100 * b.n / most) + '%' : '0';
		setText(tr.children[1].children[1], marks.map((q) => 'p' + q).join(' '));
		setText(tr.children[2], count(last ? b.n : times.buckets[b.i]));
		setText(tr.children[3], percent(b.n / n) + '\u202f%');
	});
}

/* Names and places of all counts. */
const whys = ['won', 'lost_to_table', 'lost_to_leaf', 'lost_to_empty'];
const outcomes = ['done', 'found_done', 'gone', 'failed'];
const accounts = [
	[['Installs', ['install.attempts', 'install.won', 'install.lost'].concat(whys.map((w) => 'install.map.' + w),
		whys.map((w) => 'install.split.' + w))]],
	[['Splits', ['split.attempts'].concat(outcomes.map((o) => 'split.cont.' + o),
		outcomes.map((o) => 'split.block.' + o), ['split.waits'])]],
	[['Tables freed', ['free.tables', 'free.lost', 'free.unmap', 'free.replaced', 'free.replaced_live']],
		['Refused', ['exists', 'absent', 'partial', 'nomem', 'raced', 'expected'].map((w) => 'refuse.' + w)],
		['Page tables', ['pgtables', 'creates', 'net', 'alive', 'unknown']]],
];
const fieldNames = {
	pgtables: 'page tables', creates: 'created since the start', net: 'tables, net',
	alive: 'tables alive', unknown: 'events of unknown kind',
	'split.cont': '64K, 16M', 'split.block': 'sections',
	'install.map': 'map', 'install.split': 'split',
};
function fieldName(path) {
	const parts = path.split('.');

	if (fieldNames[path])
		return fieldNames[path];
	if (parts.length === 3)
		return fieldNames[parts.slice(0, 2).join('.')] + ': ' + parts[2].replaceAll('_', ' ');
	return parts[1].replaceAll('_', ' ');
}
const levels = ['pgtables', 'net', 'alive'];
const accountLine = (path) => make('tr', {}, make('th', { scope: 'row' }, fieldName(path)),
	make('td', { class: 'n', 'data-field': path }), make('td', { class: 'n' }));
const at = (row, path) => path.split('.').reduce((o, key) => o === null ? null : o[key], row);

function drawAccount(s) {
	const old = shown.then && shown.then.rows.get(s.key), seconds = !old && omits(shown.then, s.key) ? 0 : shownSeconds();
	const update = (tr, path) => {
		const n = at(s.row, path), since = less(n, old ? at(old, path) : undefined);

		/* alive is also null if page tables existed before monitoring started. */
		tr.className = n === null ? 'absent' : '';
		setText(tr.children[1], n !== null ? count(n) : path === 'pgtables' ||
			(path === 'alive' && s.row.net !== null) ? 'not known' : NOT_HERE);
		setText(tr.children[2], n === null || levels.includes(path) || !seconds ? '' :
			perSecond(Math.max(0, since / seconds)));
	};

	each($('account'), accounts, (column) => column[0][0], () => make('div', {}), (div, column) =>
		each(div, column, (a) => a[0], (a) => make('table', {}, make('caption', {}, a[0]),
			head('name', 'count', 'per second'), make('tbody', {})), (table, a) =>
			each(table.tBodies[0], a[1], (path) => path, accountLine, update)));
}

/* Figures that a source may lack, in the reader's words. */
const abilities = [
	['lost races', (t) => t.install.lost], ['installs that won', (t) => t.install.won],
	['causes of lost installs', (t) => t.install.map.lost_to_leaf],
	['installs by purpose (map, split)', (t) => t.install.map.won],
	['race window', (t) => t.window_ns],
	['splits of 64K and 16M pages', (t) => t.split.cont.done],
	['splits of sections', (t) => t.split.block.done],
	['splits by outcome (found done, gone, failed)', (t) => t.split.block.found_done],
	['waits for split_lock', (t) => t.split.waits], ['wait time for split_lock', (t) => t.wait_ns],
	['hold time of split_lock', (t) => t.hold_ns],
	['tables freed', (t) => t.free.tables], ['causes of freed tables', (t) => t.free.unmap],
	['tables with mappings, replaced by a block', (t) => t.free.replaced_live],
	['refused requests: address already mapped', (t) => t.refuse.exists],
	['refused requests: nothing mapped', (t) => t.refuse.absent],
	['refused requests: partial unmap', (t) => t.refuse.partial],
	['refused requests: no memory', (t) => t.refuse.nomem],
	['refused requests: entry changed during a split', (t) => t.refuse.raced],
	['refused requests: expected by the driver', (t) => t.refuse.expected],
	['page tables created', (t) => t.creates], ['tables alive', (t) => t.net],
];

function drawLimits() {
	const n = shown.now, none = abilities.filter((a) => a[1](n.total) === null).map((a) => a[0]);
	const why = n.exact ? ['Yes: every event was counted.'] : n.exact_why.map((w) => 'No: ' + visible(w) + '.');

	if (n.destroys === null)
		none.push('page tables destroyed');
	each($('hidden'), none.length ? none : ['Everything is available.'], (t) => t,
		(t) => make('li', {}, t), () => {});
	each($('exact'), why, (t) => t, (t) => make('li', {}, t), () => {});
}

const inScope = (s) => (item) => s.key === ALL || (s.isTable ? item.pgtable === s.row.pgtable : item.dev === s.dev);
const several = (n) => n + ' ended';
const taskKey = (t) => t.pgtable + '/' + t.dev + '/' + t.tgid + '/' + t.pid;
const taskColumns = [
	{ name: 'task', text: (t) => (t.tasks > 1 ? several(t.tasks) : taskName(t.comm, t.tgid, t.pid)) +
		(t.exited && t.tasks === 1 ? ' (ended)' : '') },
	{ name: 'page table', text: (t) => t.pgtable === null ? 'several' : t.pgtable + ' of ' + devName(t.dev) },
	{ name: 'installs', value: (t) => Number(t.install.attempts), text: (t) => count(t.install.attempts), of: (t) => t.install.attempts },
	{ name: 'lost', value: (t) => Number(t.install.lost), text: (t) => count(t.install.lost), of: (t) => t.install.lost },
	{ name: 'lost %', value: (t) => t.install.lost_ppm, text: (t) => t.install.lost_ppm === null ? '–' : percent(Number(t.install.lost_ppm) / 1e6),
		of: (t) => t.install.attempts === null ? null : t.install.lost },
	{ name: 'splits', value: (t) => Number(splits(t)), text: (t) => count(splits(t)), of: splits },
	{ name: 'waits', value: (t) => Number(t.split.waits), text: (t) => count(t.split.waits), of: (t) => t.split.waits },
	{ name: 'waited', long: 'time waited', value: (t) => Number(t.wait_sum_ns), text: (t) => duration(t.wait_sum_ns), of: (t) => t.wait_ns },
	{ name: 'held', long: 'time held', value: (t) => Number(t.hold_sum_ns), text: (t) => duration(t.hold_sum_ns), of: (t) => t.hold_ns },
];
const waitColumns = [
	{ name: 'waiter', text: (p) => p.pairs > 1 ? several(p.pairs) : taskName(p.waiter_comm, p.waiter, p.waiter) },
	{ name: 'holder', text: (p) => p.pairs > 1 ? 'several' : p.holder === null ? 'not known' : taskName(p.holder_comm, p.holder, p.holder) },
	{ name: 'page table', text: (p) => p.pgtable === null ? 'several' : p.pgtable + ' of ' + devName(p.dev) },
	{ name: 'waits', value: (p) => Number(p.waits), text: (p) => count(p.waits) },
	{ name: 'waited', value: (p) => Number(p.wait_sum_ns), text: (p) => duration(p.wait_sum_ns) },
];

function drawTasks(s) {
	const asked = 'Not counted. Start serve with --tasks, on a kernel that shows tasks.';
	const { tasks, waits_for: waits } = shown.now;

	setText($('tasks-title'), 'Tasks' + withoutSome('tasks'));
	setText($('waits-title'), 'Which task waited for which' + withoutSome('waits_for'));
	tasksList.update((tasks || []).filter(inScope(s)), absentOf(taskColumns), tasks ? noneListed('tasks', 'None so far.') : asked);
	waitsList.update((waits || []).filter(inScope(s)), [], waits ? noneListed('waits_for', 'No waits so far.') : asked);
}

function drawHeader() {
	const n = shown.now, v = n.server;

	setText($('host'), visible(v.host));
	setText($('facts'), ['Linux ' + visible(v.kernel), 'source ' + n.source, 'exact: ' + (n.exact ? 'yes' : 'no'),
		'interval ' + v.interval + '\u202fs', 'running for ' + uptime(Number(n.elapsed_ns) / 1e9), 'v7scope ' + visible(v.version)].join(' · '));
}

function uptime(s) {
	if (s < 120)
		return Math.round(s) + '\u202fs';
	return s < 7200 ? Math.round(s / 60) + '\u202fmin' : s < 172800 ? (s / 3600).toFixed(1) + '\u202fh' :
		(s / 86400).toFixed(1) + '\u202fdays';
}

/* An alarm is shown at once, even when the page is paused. */
let alarmed = 0, alertAt = -Infinity;

function drawAlarm() {
	const last = now || { corrupted: null, server: { alarms: [] } };
	const texts = last.server.alarms.map((t, i) => ({ text: t, time: last.server.alarm_times[i] }))
		.concat(pendingAlarms).slice(-10).reverse();
	const n = Number(last.corrupted || 0) + pendingAlarms.length;
	const text = 'Memory corruption: ' + (n === 1 ? '1 section has lost its' : count(n) + ' sections have lost their') + ' address';

	$('alarm').hidden = !n;
	document.title = (n ? '⚠ ALARM ' + count(n) + ' · ' : '') + (now ? visible(now.server.host) + ' · ' : '') + 'v7scope';
	if (!n)
		alarmed = 0;
	if (!n)
		return;
	setText($('alarm-title'), text);
	if (!$('alarm-do').firstChild)
		$('alarm-do').append(action('V7scopeSectionCorrupted'));
	each($('alarms'), texts.map((t, i) => ({ ...t, i })), (a) => a.i, () => make('li', {}, make('time', {}), ' ', make('span', {})), (li, a) => {
		setText(li.firstChild, dateTime(1000 * a.time));
		setText(li.lastChild, visible(a.text));
	});
	/* Screen readers announce at most one alarm in 30 seconds. */
	if (n > alarmed && performance.now() - alertAt > 30000) {
		alertAt = performance.now();
		alarmed = n;
		setText($('alert'), text);
	}
}

function drawCrumbs(s) {
	const path = [];

	for (let key = s.key; key; key = key === s.key ? up(s) : key === ALL ? null : ALL)
		path.unshift(key);
	each($('crumbs'), path, (key) => key, (key) => make('li', {}, make('a', { href: href(key) })), (li, key) => {
		setText(li.firstChild, title(key));
		setAttr(li.firstChild, 'aria-current', key === s.key ? 'page' : null);
	});
	$('path').hidden = path.length < 2;
	setText($('title'), title(s.key));
	setText($('title-more'), !s.row ? omits(shown.now, s.key) ? 'This ' + (s.isTable ? 'page table' : 'device') + ' is not among the 64 listed.' :
		'The board no longer reports this device or page table.' : s.key === ALL ?
		tablesText(s.row) + ' of ' + count(shown.now.devices.length + Number(shown.now.omitted.devices)) + ' devices' :
		s.isTable ? [s.row.fmt || 'format not known', s.row.created ? 'creation observed' : s.row.created === false ? 'existed before monitoring started' : '',
			s.row.destroyed ? 'destroyed' : ''].filter(Boolean).join(', ') :
			tablesText(s.row) + ', ' + (s.row.fmt || (Number(s.row.pgtables) > 1 ? 'several formats' : 'format not known')));
}

let devicesList, tablesList, tasksList, waitsList, flushesList, eventsList, drawing = 0;

/* Draw once per frame; a hidden page has no frames. */
function draw() {
	drawAlarm();
	if (!drawing)
		drawing = requestAnimationFrame(() => {
			drawing = 0;
			drawNow();
		});
}

function drawNow() {
	const s = scope();

	if (!shown)
		return;
	drawHeader();
	drawCrumbs(s);
	$('view').hidden = !s.row;
	if (!s.row)
		return;
	drawGlance(s);
	drawParts(s);
	drawExceeded();
	drawCharts(s);
	drawHistograms(s);
	drawTasks(s);
	drawStacks(s);
	drawFlushes(s);
	drawEvents(s);
	drawAccount(s);
	drawLimits();
}

/* ---- Navigation ---- */

let was = ALL;

function moved() {
	const s = scope();
	let to = $('title');

	if (!shown) {
		viewFromAddress();
		return;
	}
	cursorX = null;
	viewFromAddress();
	drawNow();
	/* Going up, focus the link that led down. */
	if (was.startsWith('t/') || s.key === ALL)
		to = Array.from($('parts').querySelectorAll('a')).find((a) => a.getAttribute('href') === href(was)) || to;
	to.focus();
	was = s.key;
}

function begin() {
	const list = (id, columns, keyOf) => {
		const element = make('div', {});

		element.setAttribute('aria-labelledby', id + '-title');
		$(id).append(element);
		return Object.assign(new List(element, columns, keyOf), { element });
	};

	devicesList = list('parts', partColumns, keyOfPart);
	tablesList = list('parts', tableColumns, keyOfPart);
	tasksList = list('tasks', taskColumns, taskKey);
	waitsList = list('waits', waitColumns, (p) => p.pgtable + '/' + p.dev + '/' + p.waiter + '/' + p.holder);
	flushesList = list('flushes', flushColumns, (f) => f.dev);
	eventsList = list('events', eventColumns, (e) => e.time_ns + '/' + e.cpu + '/' + e.event);
	stacksList = list('stacks', stackColumns, (k) => k.pgtable + '/' + k.dev + '/' + k.path.join('\n'));
	buildCharts();
	was = scope().key;
	viewFromAddress();

	$('pause').onclick = pause;
	$('again').onclick = connect;
	for (const id of ['hist-of', 'stack-kind'])
		$(id).onchange = () => {
			viewChanged();
			if (shown)
				drawNow();
		};
	$('charts-csv').onclick = () => shown && save('charts', chartRows());
	$('icicle').onkeydown = frameKey;
	$('icicle-all').onclick = () => zoomFrame([]);
	$('unzoom').onclick = () => {
		setZoom(null);
		$('charts').focus();
	};
	$('span').onchange = () => shown && setZoom(null);
	$('charts').onkeydown = cursorKey;
	onhashchange = moved;
	onkeydown = (event) => {
		const to = event.key === 'Escape' ? up(scope()) : null;

		if (to && !event.defaultPrevented)
			location.hash = href(to);
	};
	matchMedia('(prefers-color-scheme: dark)').onchange = () => {
		drawnKeys = '';
		draw();
	};
	document.onvisibilitychange = () => {
		if (!document.hidden)
			tick();
	};
	ononline = connect;
	setInterval(tick, 1000);
	setState('');
	connect();
}

begin();
