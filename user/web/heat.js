// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- Durations over time ---- */

/* The three histograms of a row. */
const histograms = [['window_ns', 'Race window', 'from reading the entry to the cmpxchg'],
	['wait_ns', 'Wait for split_lock', 'splits that found the lock taken'],
	['hold_ns', 'Hold of split_lock', 'splits of 64K and 16M pages']];

/*
 * Percentile in log2 of nanoseconds, interpolated within its bucket as
 * histogram_quantile() of Prometheus does.
 */
function interpolated(buckets, n, share, max) {
	let i = 0, below = 0, low, high;

	while (i < buckets.length - 1 && below + buckets[i] < share * n)
		below += buckets[i++];
	low = i ? 2 ** (i - 1) : 0;
	high = i === BUCKETS - 1 ? max || 2 ** i : Math.min(2 ** i, max || Infinity);
	high = Math.max(low, high);
	return Math.log2(Math.max(0.5, low + (high - low) * (share * n - below) / buckets[i]));
}

/* Events of an interval by duration; null without events. */
function durations(buckets, max) {
	const n = buckets.reduce((a, b) => a + b, 0), first = buckets.findIndex((b) => b > 0);
	let end = buckets.length;

	if (!(n > 0) || buckets.some((b) => b < 0))
		return null;
	while (!buckets[end - 1])
		end--;
	buckets = buckets.slice(0, end);
	return { n, first, counts: buckets.slice(first), quantiles: HEAT_LINES.map((line) =>
		interpolated(buckets, n, line.share, Number(max))) };
}

const HEAT_LINES = [{ label: 'p50', share: 0.5, dash: [1, 3] }, { label: 'p99', share: 0.99, dash: [] },
	{ label: 'max', share: 1, dash: [6, 3] }];
const HEAT_UNIT = 'over time; p50 dotted, p99 solid, max dashed: interpolated within powers of two';
const CELL = 3;		/* least width of a cell, CSS pixels */

const durationsOf = (p, key, hist) => {
	const all = p.rows && p.times.get(key);

	return all && (!key.startsWith('t/') || p.generation === shown.generation) ? all[hist] : null;
};

const heatLine = (key, hist, quantile, from) => times(from).map((x, i) => {
	const d = durationsOf(plotted[from + i], key, hist);

	return d && d.quantiles[quantile];
});

/* Events by time and duration. The grid is tied to the time, so that it scrolls evenly. */
function heatGrid(key, hist, from, width) {
	const [min, max] = range(), step = (max - min) / Math.max(1, Math.floor(width / CELL));
	const start = Math.floor(min / step) * step, columns = Math.ceil((max - start) / step);
	const cells = new Float64Array(columns * BUCKETS);
	let n = 0, first = BUCKETS, end = 0, most = 0;

	for (let i = from; i < plotted.length && plotted[i].x <= shown.x; i++) {
		const p = plotted[i], d = durationsOf(p, key, hist), begin = (p.x - p.seconds - start) / step;

		if (!d || p.x < min || begin * step + start > max)
			continue;
		n += d.n;
		first = Math.min(first, d.first);
		end = Math.max(end, d.first + d.counts.length);
		for (let c = Math.max(0, Math.floor(begin)), to = (p.x - start) / step; c < Math.min(columns, to); c++) {
			const part = (Math.min(c + 1, to) - Math.max(c, begin)) / (to - begin);

			d.counts.forEach((count, b) => {
				most = Math.max(most, cells[c * BUCKETS + d.first + b] += count * part);
			});
		}
	}
	return { start, step, columns, cells, n, first, end, most };
}

/* An image with a pixel per cell, to be scaled. */
function heatImage(grid) {
	const rows = grid.end - grid.first, image = new ImageData(grid.columns, rows);
	const hex = color('--heat').slice(1), rgb = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
	const canvas = make('canvas', { width: grid.columns, height: rows }), scale = Math.log1p(grid.most);

	for (let c = 0; c < grid.columns; c++) {
		for (let r = 0; r < rows; r++) {
			const n = grid.cells[c * BUCKETS + grid.end - 1 - r];

			/* Logarithmic, and one event is visible beside a million. */
			if (n > 0)
				image.data.set([...rgb, 60 + 195 * Math.log1p(n) / scale], 4 * (r * grid.columns + c));
		}
	}
	canvas.getContext('2d').putImageData(image, 0, 0);
	return canvas;
}

function drawHeat(u, chart) {
	const g = chart.grid, y = (at) => u.valToPos(at, 'y', true), x = (at) => u.valToPos(at, 'x', true);

	if (!g || !g.n)
		return;
	u.ctx.save();
	u.ctx.beginPath();
	u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
	u.ctx.clip();
	u.ctx.imageSmoothingEnabled = false;
	u.ctx.drawImage(heatImage(g), x(g.start), y(g.end - 1), x(g.start + g.columns * g.step) - x(g.start),
		y(g.first - 1) - y(g.end - 1));
	u.ctx.restore();
}

/* The rows with events, and at least six. */
function heatRange(chart) {
	const g = chart.grid, end = g && g.n ? g.end - 1 : 12, first = g && g.n ? g.first - 1 : 6;
	const more = Math.max(0, 6 - (end - first));

	return [Math.max(-1, first - Math.floor(more / 2)), Math.max(end + Math.ceil(more / 2), 5)];
}

const ns = (log) => known(log) ? duration(Number((2 ** log).toPrecision(3))) : '–';

/* The same in words, for screen readers. */
function heatText(chart, key, from) {
	const g = chart.grid, said = [];

	if (!g.n)
		return 'No events in this range.';
	HEAT_LINES.forEach((line, q) => {
		const all = heatLine(key, chart.heat, q, from).filter(known);

		if (all.length)
			said.push(line.label + ' from ' + ns(Math.min(...all)) + ' to ' + ns(Math.max(...all)));
	});
	return count(Math.round(g.n)) + ' events in this range; by interval: ' + said.join(', ') +
		'. The bucket with most events ends at ' + duration(2 ** heatMode(g)) + '.';
}

function heatMode(g) {
	const sums = Array(BUCKETS).fill(0);

	g.cells.forEach((n, i) => {
		sums[i % BUCKETS] += n;
	});
	return sums.indexOf(Math.max(...sums));
}
