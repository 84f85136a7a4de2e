// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- Limits ---- */

/*
 * ALERTS has the limits and the actions of tools/dashboards/rules.yml; the board sends
 * the limits of check. Neither is repeated here.
 */
const RUNBOOK = 'tools/dashboards/runbook.md';
const WINDOW = 300;		/* seconds of the rates, as in the rules */

/* Names and places of a chart's limits, in the units of its axis. */
function limitsOf(chart) {
	const { limits } = shown.now.server, out = [];
	const add = (name, at) => known(at) && out.push({ name, at });

	if (chart.figure === SHARE) {
		add('alert V7scopeLostInstalls', 100 * ALERTS.V7scopeLostInstalls.limit);
		add('check lost_share', limits.lost_share / 1e4);
	} else if (known(chart.heat)) {
		const name = histograms[chart.heat][0].slice(0, -3);

		if (name === 'wait')
			add('alert V7scopeSplitLockWait', Math.log2(1e9 * ALERTS.V7scopeSplitLockWait.limit));
		for (const end of ['_p99', '_max'])
			if (name + end in limits)
				add('check ' + name + end, Math.log2(limits[name + end]));
	}
	return out;
}

/* A limit is drawn once the values come near, so that it does not flatten them. */
function limitRange(chart, min, max) {
	const heat = known(chart.heat), near = limitsOf(chart).map((l) => l.at).filter((at) => at < (heat ? max + 4 : 4 * max));

	return [Math.min(min, ...near.map((at) => heat ? at - 1 : min)), Math.max(max, ...near.map((at) => heat ? at + 1 : at * 1.1))];
}

const limitText = (chart) => limitsOf(chart).map((l) => l.name + ' ' + chart.format(l.at)).join(', ');

function drawLimitLines(u, chart) {
	const ratio = devicePixelRatio;

	u.ctx.save();
	u.ctx.strokeStyle = u.ctx.fillStyle = color('--alarm');
	u.ctx.lineWidth = ratio;
	u.ctx.setLineDash([5 * ratio, 4 * ratio]);
	u.ctx.font = 10 * ratio + 'px ' + chart.font;
	u.ctx.textBaseline = 'bottom';
	chart.drawnLimits = limitsOf(chart).filter((l) => l.at <= u.scales.y.max);
	for (const limit of chart.drawnLimits) {
		const y = Math.round(u.valToPos(limit.at, 'y', true)), right = limit.name.startsWith('alert');

		u.ctx.beginPath();
		u.ctx.moveTo(u.bbox.left, y);
		u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
		u.ctx.stroke();
		/* A limit of check and an alert may be close to each other. */
		u.ctx.textAlign = right ? 'right' : 'left';
		u.ctx.fillText(limit.name, u.bbox.left + (right ? u.bbox.width - 4 * ratio : 4 * ratio), y - ratio);
	}
	u.ctx.restore();
}

/* ---- Alarms ---- */

const sum = (...n) => n.some((i) => i === null) ? null : n.reduce((a, b) => a + Number(b), 0);

/* The points of the last minutes, and what a device had in them. */
const recent = () => points.filter((p) => p.rows && p.x > shown.x - WINDOW && p.x <= shown.x);

function lostShare(key) {
	let installs = 0, lost = 0, seconds = 0;

	for (const p of recent()) {
		const f = p.rows.get(key);

		seconds += p.seconds;
		installs += f && f[INSTALLS] * p.seconds || 0;
		lost += f && f[LOST] * p.seconds || 0;
	}
	return installs > 10 * seconds ? lost / installs : NaN;
}

function waitP99(key) {
	const buckets = Array(BUCKETS).fill(0);
	let n = 0, seconds = 0;

	for (const p of recent()) {
		const d = durationsOf(p, key, 1);

		seconds += p.seconds;
		n += d ? d.n : 0;
		if (d)
			d.counts.forEach((k, i) => {
				buckets[d.first + i] += k;
			});
	}
	return n > seconds ? 2 ** interpolated(buckets, n, 0.99, NaN) / 1e9 : NaN;
}

/*
 * The alerts that the page can judge: a count since the start that must be 0, or a value
 * of the last minutes with its limit.
 */
const watched = [
	{ alert: 'V7scopePartialUnmapRefused', name: 'partial unmaps refused', count: (r) => r.refuse.partial },
	{ alert: 'V7scopeLiveTableReplaced', name: 'tables with mappings replaced', count: (r) => r.free.replaced_live },
	{ alert: 'V7scopeRefused', name: 'requests refused', count: (r) => refused(r) === null ? null : refused(r) - Number(r.refuse.partial) },
	{ alert: 'V7scopeInstallMetLeaf', name: 'installs met a mapping', count: (r) => sum(r.install.map.lost_to_leaf,
		r.install.map.lost_to_empty, r.install.split.lost_to_leaf, r.install.split.lost_to_empty) },
	{ alert: 'V7scopeLostInstalls', name: 'of the installs lost', value: lostShare, text: (n) => percent(n) + '\u202f%' },
	{ alert: 'V7scopeSplitLockWait', name: 'p99 of the waits', value: waitP99, text: (n) => duration(Math.round(n * 1e9)) },
];
const seenAt = new Map();	/* by alert and device: the last count, and when it grew */

/*
 * Alerts that hold now, one item per alert and device. Where devices are not listed, the
 * total is judged, too.
 */
function exceeded() {
	const { devices, omitted, total } = shown.now, out = [];

	for (const w of watched) {
		for (const row of Number(omitted.devices) ? devices.concat(total) : devices) {
			const key = row === total ? ALL : devKey(row.dev), n = w.count ? w.count(row) : w.value(key), id = w.alert + ' ' + key;

			if (!(n > (w.count ? 0 : ALERTS[w.alert].limit))) {
				seenAt.delete(id);
				continue;
			}
			const old = seenAt.get(id);

			if (!old || (w.count && n > old.n))
				seenAt.set(id, { n, at: old || generation || !w.count ? clock(1000 * shown.x) : null });
			out.push({ id, ...w, dev: title(key), n, at: seenAt.get(id).at });
		}
	}
	return out;
}

/* Text with `names` in backquotes. */
const withCode = (text) => text.split('`').map((part, i) => i % 2 ? make('code', {}, part) : part);
const action = (alert) => make('p', {}, 'What to do: ', ...withCode(ALERTS[alert].action), ' Runbook: ' + RUNBOOK + '#' + alert.toLowerCase());

function drawExceeded() {
	const all = exceeded();

	$('exceeded').hidden = !all.length;
	each($('exceeded-list'), all, (x) => x.id, (x) => make('li', {}, make('p', {}, make('b', {}, x.alert), ' ', make('span', {})), action(x.alert)),
		(li, x) => setText(li.firstChild.lastChild, x.dev + ': ' + (x.count ? count(x.n) + ' ' + x.name + ' since the start' +
			(x.at ? ', the last at ' + x.at : ', before this page was opened') : x.text(x.n) + ' ' + x.name + ' in the last 5 minutes, limit ' +
			x.text(ALERTS[x.alert].limit) + ', since ' + x.at)));
}
