// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- TLB flushes, by device ---- */

/* The device's figures in the snapshot before; undefined: it had none. */
const flushesBefore = (f) => shown.then && shown.then.flushes && shown.then.flushes.devices.find((d) => d.dev === f.dev);

function flushRate(f, name) {
	const seconds = shownSeconds(), old = flushesBefore(f);

	return seconds && shown.then.flushes ? less(f[name], old && old[name]) / seconds : NaN;
}

/* Percentile of the last interval, or since the start if the interval has no flush */
function flushTime(f, name, percents) {
	const old = flushesBefore(f), buckets = bucketsSince(f[name], old && old[name]);

	return percentile(buckets, percents, f[name].max) || f[name]['p' + percents];
}

const flushColumns = [
	{ name: 'device', text: (f) => devName(f.dev) },
	{ name: 'flushes/s', value: (f) => flushRate(f, 'flushes'), text: (f) => perSecond(flushRate(f, 'flushes')) },
	{ name: 'flushes', value: (f) => Number(f.flushes), text: (f) => count(f.flushes) },
	{ name: 'p50', value: (f) => flushTime(f, 'flush_ns', 50), text: (f) => duration(flushTime(f, 'flush_ns', 50)) },
	{ name: 'p99', value: (f) => flushTime(f, 'flush_ns', 99), text: (f) => duration(flushTime(f, 'flush_ns', 99)) },
	{ name: 'max', value: (f) => f.flush_ns.max, text: (f) => duration(f.flush_ns.max) },
	{ name: 'waits/s', long: 'waits for the lock', value: (f) => flushRate(f, 'waits'), text: (f) => perSecond(flushRate(f, 'waits')),
		of: (all) => all.total.waits },
	{ name: 'wait p99', long: 'time waited for the lock', value: (f) => flushTime(f, 'lock_wait_ns', 99), text: (f) => duration(flushTime(f, 'lock_wait_ns', 99)),
		of: (all) => all.total.lock_wait_ns },
	{ name: 'timeouts', value: (f) => Number(f.timeouts), text: (f) => count(f.timeouts), of: (all) => all.total.timeouts },
];

function drawFlushes(s) {
	const all = shown.now.flushes;

	$('flushes').hidden = !all || s.isTable;
	if ($('flushes').hidden) {
		flushesList.update([], [], '');
		return;
	}
	setText($('flushes-of'), 'of ' + visible(all.driver) + (all.lock ? ', with their waits for ' + visible(all.lock) : ''));
	flushesList.update(all.devices.filter((f) => s.key === ALL || f.dev === s.dev),
		flushColumns.filter((c) => c.of && c.of(all) === null), 'None so far.');
}
