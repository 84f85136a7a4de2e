// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- The address ---- */

/*
 * The address holds the view, for bookmarks, links and the browser's Back: the device or
 * the page table, then "?" and everything else that is not the default.
 */
const href = (key) => key === ALL ? '#' : '#' + encodeURIComponent(key);

function addressed() {
	const [key, ...rest] = location.hash.slice(1).split('?');

	return [key, new URLSearchParams(rest.join('?'))];
}

const iso = (x) => new Date(1000 * x).toISOString();

/* The parts of a view: how to read each, and how to set it. A default reads as []. */
const choice = (id) => ({
	get: () => $(id).selectedOptions[0].defaultSelected || (!$(id).querySelector('[selected]') && !$(id).selectedIndex) ? [] : [$(id).value],
	set: ([value]) => {
		const options = Array.from($(id).options);

		(options.find((o) => o.value === value) || options.find((o) => o.defaultSelected) || options[0]).selected = true;
	},
});
const order = (list) => ({
	get: () => list().by ? [(list().down ? '-' : '') + list().by.name] : [],
	set: ([text]) => list().order(text),
});
const viewParts = {
	last: choice('span'),
	range: {
		get: () => zoom ? [iso(zoom[0]) + '/' + iso(zoom[1])] : [],
		set: ([text]) => {
			const [from, to] = (text || '').split('/').map((t) => Date.parse(t) / 1000);

			zoom = from < to ? [from, to] : null;
		},
	},
	hist: choice('hist-of'),
	stacks: choice('stack-kind'),
	frame: {
		get: () => framePath,
		set: (path) => {
			framePath = path;
		},
	},
	devices: order(() => devicesList),
	tables: order(() => tablesList),
	tasks: order(() => tasksList),
	waits: order(() => waitsList),
	flushes: order(() => flushesList),
	events: order(() => eventsList),
	stack_order: order(() => stacksList),
};

/* After the user has changed the view. */
function viewChanged() {
	const next = new URLSearchParams();
	let hash;

	for (const name in viewParts)
		for (const value of viewParts[name].get())
			next.append(name, value);
	hash = href(scope().key) + (next.size ? '?' + next : '');
	if (hash !== (location.hash || '#'))
		history.replaceState(null, '', location.pathname + location.search + hash);
}

/* A link within the page has only a key, and keeps the rest of the view. */
function viewFromAddress() {
	const [, given] = addressed();

	if (given.size)
		for (const name in viewParts)
			viewParts[name].set(given.getAll(name));
	else
		framePath = [];
	viewChanged();
}

/* ---- Files ---- */

/* A program that opens the file must not take a name for a formula. */
const csvCell = (v) => !known(v) ? '' : typeof v !== 'string' ? String(v) :
	'"' + (/^[=+@\t\r-]/.test(v) ? '\'' : '') + v.replaceAll('"', '""') + '"';
const csv = (rows) => rows.map((row) => row.map(csvCell).join(',') + '\r\n').join('');

function save(name, rows) {
	const url = URL.createObjectURL(new Blob([csv(rows)], { type: 'text/csv' }));

	make('a', { href: url, download: ['v7scope', shown.now.server.host, name, iso(shown.x).slice(0, 19).replaceAll(':', '')].join('-')
		.replace(/[^\w.-]/g, '_') + '.csv' }).click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/* The points of all charts: one line for each time and name. */
function chartRows() {
	const s = scope(), [min, max] = range(), keys = [s.key].concat(lines(s)), out = [['time', 'seconds', 'of', 'installs_per_s', 'lost_per_s',
		'splits_per_s', 'waits_per_s', 'frees_per_s', 'refused_per_s', 'lost_share'].concat(histograms.flatMap(([name]) => {
		const of = name.slice(0, -3);

		return [of + '_count'].concat(HEAT_LINES.map((l) => of + '_' + l.label + '_ns'));
	}))];

	for (const p of plotted) {
		if (!p.rows || p.x < min || p.x > max)
			continue;
		for (const key of keys) {
			const f = p.rows.get(key);

			if (f)
				out.push([iso(p.x), Number(p.seconds.toFixed(3)), title(key), ...f.subarray(0, SHARE + 1)].concat(histograms.flatMap((h, i) => {
					const d = durationsOf(p, key, i);

					return d ? [d.n, ...d.quantiles.map((q) => Math.round(2 ** q))] : [0, NaN, NaN, NaN];
				})));
		}
	}
	return out;
}
