// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- Selection ---- */

function scope() {
	let key = ALL, row;

	try {
		key = decodeURIComponent(addressed()[0]) || ALL;
	} catch (e) {
		/* The user edited the address. */
	}
	if (key !== ALL && !/^(d$|d\/|t\/\d+$)/.test(key))
		key = ALL;
	row = shown ? shown.now.rows.get(key) || null : null;
	return { key, row, isTable: key.startsWith('t/'), dev: row && key !== ALL ? row.dev : undefined };
}

function title(key, dev) {
	if (key === ALL)
		return 'All devices';
	if (key.startsWith('t/'))
		return 'Page table ' + key.slice(2);
	return devName(key === 'd' ? null : key.slice(2));
}

function up(s) {
	if (s.key === ALL)
		return null;
	return s.isTable && s.row ? devKey(s.row.dev) : ALL;
}

/* Rows below this one; the first ones get their own line in the charts. */
function parts(s) {
	if (s.key === ALL)
		return shown.now.devices;
	if (s.isTable)
		return [];
	return shown.now.tables.filter((t) => t.dev === s.dev);
}

const keyOfPart = (row) => row.key;

/* The rows with most losses, sorted by key so that their order is stable. */
function lines(s) {
	const rows = parts(s);

	if (rows.length < 2)
		return [];
	return rows.slice().sort((a, b) => Number(b.install.lost) - Number(a.install.lost) ||
			Number(b.install.attempts) - Number(a.install.attempts))
		.slice(0, LINES).map(keyOfPart).sort();
}

const LETTERS = 'abcdef';
const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 2]];

/* ---- Charts ---- */

const charts = [
	{ name: 'Lost races', unit: '% of installs', figure: SHARE, scale: 100, format: (n) => n.toFixed(2) + '\u202f%',
		of: (t) => t.install.attempts === null ? null : t.install.lost },
	{ name: 'Installs', unit: 'per second', figure: INSTALLS, scale: 1, format: (n) => perSecond(n) + '/s',
		of: (t) => t.install.attempts },
	{ name: 'Splits', unit: 'per second', figure: SPLITS, scale: 1, format: (n) => perSecond(n) + '/s', of: splits },
	{ name: 'Waits for split_lock', unit: 'per second', figure: WAITS, scale: 1, format: (n) => perSecond(n) + '/s',
		of: (t) => t.split.waits },
].concat(histograms.map((h, i) => ({ name: h[1], unit: HEAT_UNIT, heat: i, format: ns, of: (t) => t[h[0]] })));

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* History of a figure: 0 in an interval without events, null in a gap. */
function series(key, figure, scale, from) {
	const out = [];

	for (let i = from; i < plotted.length; i++) {
		const p = plotted[i], f = p.rows && p.rows.get(key);
		let n = NaN;

		if (p.x > shown.x)
			break;
		if (f)
			n = f[figure];
		else if (p.rows && figure < SHARE && !Number.isNaN(p.rows.get(ALL)[figure]))
			n = 0;
		/* The board's history has no page tables, and not each device. */
		if (p.past && !f && (key.startsWith('t/') || !p.complete))
			n = NaN;
		if (!f && omits(p.listed, key) && !p.listed.keys.has(key))
			n = NaN;
		if (p.rows && key.startsWith('t/') && p.generation !== shown.generation)
			n = NaN;
		out.push(Number.isNaN(n) ? null : n * scale);
	}
	return out;
}

function times(from) {
	const out = [];

	for (let i = from; i < plotted.length && plotted[i].x <= shown.x; i++)
		out.push(plotted[i].x);
	return out;
}

/* The points of the charts: those of each interval, and before them those of the minutes. */
let plotted = points;

function choosePoints() {
	const since = zoom ? zoom[0] : shown.x - Number($('span').value), first = points[0];

	if (since >= first.x || !pastLoaded)
		return points;
	loadDay();
	return day.filter((p) => p.x <= first.x - first.seconds).concat(points);
}

/* The range of all charts, once the user has chosen one; null: the last ones, live. */
let zoom = null;

function range() {
	/* At least a minute, so that the first points do not fill the chart. */
	return zoom || [Math.max(shown.x - Number($('span').value), Math.min(plotted[0].x, shown.x - 60)), shown.x];
}

function setZoom(next) {
	zoom = next;
	viewChanged();
	drawNow();
}

/* At least two seconds around the middle, and nothing that is to come. */
function zoomTo(min, max) {
	const least = Math.max(0, 2 - (max - min)) / 2;

	setZoom([min - least, Math.min(shown.x, max + least)]);
}

function firstPoint() {
	const since = range()[0];
	let i = 0;

	/* One point more, so that the line starts at the left edge. */
	while (i + 1 < plotted.length && plotted[i + 1].x < since)
		i++;
	return i;
}

/* Each line ends with its letter; letters that overlap are moved apart. */
function drawLetters(u, chart) {
	const ratio = devicePixelRatio, ends = [];
	const height = 11 * ratio, bottom = u.bbox.top + u.bbox.height;

	u.series.forEach((s, i) => {
		let last = s.letter ? u.data[i].length - 1 : -1;

		while (last >= 0 && u.data[i][last] === null)
			last--;
		if (last >= 0 && u.data[0][last] >= u.scales.x.min)
			ends.push({ s, y: u.valToPos(u.data[i][last], 'y', true),
				x: u.valToPos(u.data[0][last], 'x', true) });
	});
	ends.sort((a, b) => a.y - b.y);
	for (let i = 1; i < ends.length; i++)
		ends[i].y = Math.max(ends[i].y, ends[i - 1].y + height);
	for (let i = ends.length - 1, max = bottom; i >= 0; i--, max -= height)
		ends[i].y = Math.min(ends[i].y, max);
	u.ctx.save();
	u.ctx.font = 11 * ratio + 'px ' + chart.font;
	u.ctx.textBaseline = 'middle';
	u.ctx.textAlign = 'left';
	for (const end of ends) {
		u.ctx.fillStyle = end.s.color;
		u.ctx.fillText(end.s.letter, end.x + 4 * ratio, end.y);
	}
	u.ctx.restore();
}

/* A dashed vertical line marks a gap in the data. */
function drawGaps(u) {
	const ratio = devicePixelRatio;

	u.ctx.save();
	u.ctx.strokeStyle = color('--muted');
	u.ctx.lineWidth = ratio;
	u.ctx.setLineDash([2 * ratio, 3 * ratio]);
	for (let i = 1; i < plotted.length; i++) {
		if (plotted[i].rows || plotted[i].x < u.scales.x.min || plotted[i].x > u.scales.x.max)
			continue;
		const x = Math.round(u.valToPos(plotted[i].x, 'x', true));

		u.ctx.beginPath();
		u.ctx.moveTo(x, u.bbox.top);
		u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
		u.ctx.stroke();
	}
	u.ctx.restore();
}

/* Points without a neighbour get a dot, since no line reaches them. */
const alone = (u, line) => u.data[line].flatMap((n, i, all) =>
	known(n) && !known(all[i - 1]) && !known(all[i + 1]) ? [i] : []);
/* Short enough for an axis. */
function short(n) {
	const [unit, by] = n >= 1e9 ? ['G', 1e9] : n >= 1e6 ? ['M', 1e6] : n >= 1e4 ? ['k', 1e3] : ['', 1];

	return count(Number((n / by).toPrecision(4))) + unit;
}

/* The lines of a chart: the parts and the total, or the percentiles. */
function linesOf(chart, keys) {
	const ink = color('--ink');
	const line = (stroke, width, dash, more) => ({ stroke, width, dash,
		points: { show: true, filter: alone, size: 5, fill: stroke, stroke }, ...more });

	if (known(chart.heat))
		return HEAT_LINES.map((l, quantile) => line(ink, 1.25, l.dash, { percentile: l.label,
			values: (from) => heatLine(keys.all, chart.heat, quantile, from) }));
	return keys.parts.map((key, i) => {
		const stroke = color('--line-' + LETTERS[i]);

		return line(stroke, 1.5, DASHES[i], { letter: LETTERS[i], color: stroke,
			values: (from) => series(key, chart.figure, chart.scale, from) });
	}).concat(line(ink, 1.75, [], { values: (from) => series(keys.all, chart.figure, chart.scale, from) }));
}

function plot(chart, keys) {
	const muted = color('--muted'), line = color('--line'), heat = known(chart.heat);
	const font = chart.font = color('--text');
	const every = [{}].concat(linesOf(chart, keys));
	const axis = { stroke: muted, font: '11px ' + font, grid: { stroke: line, width: 1 },
		ticks: { stroke: line, width: 1, size: 3 } };
	const u = new uPlot({
		width: 300, height: 150,
		padding: [8, 28, 0, 0],
		legend: { show: false },
		cursor: { sync: { key: 'time' }, y: false, drag: { x: true, y: false, setScale: false, dist: 5 }, points: { size: 7 } },
		scales: {
			x: { time: true, range },
			y: { range: (self, min, max) => limitRange(chart, ...(heat ? heatRange(chart) : [0, max > 0 ? max * 1.1 : 1])) },
		},
		axes: [
			{ ...axis, size: 24, space: 70, values: (self, at) => at.map((x) =>
				self.scales.x.max - self.scales.x.min > 180 ? clock(1000 * x).slice(0, 5) : clock(1000 * x)) },
			{ ...axis, size: 56, space: 28, incrs: heat ? [1, 2, 4, 8] : undefined, values: (self, at) => at.map((n) =>
				heat ? n < 0 ? '0' : duration(2 ** n) :
				chart.figure === SHARE ? String(Number(n.toPrecision(3))) : short(n)) },
		],
		series: every,
		hooks: {
			drawClear: heat ? [(self) => drawHeat(self, chart)] : [],
			drawAxes: [drawGaps],
			draw: [(self) => drawLetters(self, chart), (self) => drawLimitLines(self, chart)],
			setCursor: [(self) => drawReadout(chart, self)],
			setSelect: [(self) => {
				const { left, width } = self.select;

				if (!width)
					return;
				self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
				zoomTo(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'));
			}],
		},
	}, [[]].concat(every.slice(1).map(() => [])), chart.canvas);
	return u;
}

function buildCharts() {
	for (const chart of charts) {
		chart.unitText = make('span', { class: 'unit' });
		chart.value = make('span', { class: 'value' });
		chart.canvas = make('div', { class: 'canvas', 'aria-hidden': 'true' });
		chart.canvas.ondblclick = () => setZoom(null);
		chart.absent = make('p', { class: 'absent', hidden: '' }, NOT_HERE);
		chart.limits = make('span', { class: 'limits' });
		chart.caption = make('figcaption', {}, make('b', {}, chart.name), ' ', chart.unitText, ' ', chart.value, chart.limits);
		chart.words = make('p', { class: 'unseen' });
		chart.element = make('figure', {}, chart.caption, chart.canvas, chart.words, chart.absent);
		$('charts').append(chart.element);
		new ResizeObserver(() => fit(chart)).observe(chart.canvas);
	}
}

function fit(chart) {
	const width = Math.floor(chart.canvas.clientWidth), height = chart.canvas.clientHeight;

	if (chart.plot && width && (chart.plot.width !== width || chart.plot.height !== height))
		chart.plot.setSize({ width, height });
}

let drawnKeys = '';

function drawCharts(s) {
	const keys = { all: s.key, parts: lines(s) };

	plotted = choosePoints();
	/* Neither the page nor the board has points of that time. */
	if (zoom && zoom[1] <= plotted[0].x && dayAt > -Infinity && !dayLoading) {
		setZoom(null);
		return;
	}
	$('unzoom').hidden = !zoom;
	setText($('zoomed'), zoom ? dateTime(1000 * zoom[0]) + ' to ' + dateTime(1000 * zoom[1]) : '');
	const from = firstPoint(), x = times(from), was = JSON.stringify(keys);
	const several = parts(s).length, total = shown.now.total;

	for (const chart of charts) {
		const absent = chart.of(total) === null;

		chart.canvas.hidden = absent;
		chart.absent.hidden = !absent;
		chart.element.className = known(chart.heat) ? 'heat' : keys.parts.length > 2 ? 'many' : '';
		setText(chart.unitText, chart.figure === SPLITS && blocksOnly(total) ?
			'per second, sections only' : chart.unit);
		if (absent) {
			setText(chart.value, '');
			setText(chart.words, '');
			setText(chart.limits, '');
			continue;
		}
		if (chart.plot && drawnKeys !== was) {
			chart.plot.destroy();
			chart.plot = null;
		}
		if (!chart.plot) {
			chart.plot = plot(chart, keys);
			fit(chart);
		}
		setText(chart.limits, limitText(chart));
		if (known(chart.heat)) {
			chart.grid = heatGrid(keys.all, chart.heat, from, chart.plot.width);
			setText(chart.words, heatText(chart, keys.all, from));
		}
		chart.plot.setData([x].concat(chart.plot.series.slice(1).map((line) => line.values(from))));
		if (cursorX !== null)
			moveCursor(chart);
		drawReadout(chart, chart.plot);
	}
	drawnKeys = was;
	setText($('drawn'), several > keys.parts.length && several > 1 ?
		'Thick: total. Thin: the ' + keys.parts.length + ' of ' + several + ' with most lost races.' :
		several > 1 ? 'Thick: total. Thin: one line each, marked by a letter.' : '');
}

/* Values at the cursor, or the newest values. */
function drawReadout(chart, u) {
	let at = cursorX === null ? u.cursor.left >= 0 ? u.cursor.idx : null : u.data[0].indexOf(cursorX);
	const under = known(at) && at >= 0;
	const last = u.data[0].length - 1, said = [];

	if (!under)
		at = last;
	u.series.forEach((line, i) => {
		const n = i && at >= 0 ? u.data[i][at] : null;

		if (!i)
			return;
		if (line.letter && under)
			said.push(line.letter + ' ' + (known(n) ? chart.format(n) : '–'));
		else if (!line.letter)
			said[line.percentile ? 'push' : 'unshift']((line.percentile ? line.percentile + ' ' : '') + (known(n) ? chart.format(n) : '–'));
	});
	setText(chart.value, (under ? clock(1000 * u.data[0][at]) + '  ' : '') + said.join('  '));
}

/* A cursor that keys have moved stays at its time while the charts scroll. */
let cursorX = null;

function moveCursor(chart) {
	const u = chart.plot;

	u.setCursor(cursorX === null ? { left: -10, top: -10 } :
		{ left: Math.max(0, u.valToPos(cursorX, 'x')), top: 10 }, true, false);
}

/* Keys: closer to the cursor, or to the newest time; and back. */
function zoomKey(key) {
	const [min, max] = range(), half = (max - min) * (key === '-' ? 1 : 0.25);
	const middle = cursorX === null ? key === '-' ? (min + max) / 2 : max - half : cursorX;

	if (key === '-' && middle - half < plotted[0].x && middle + half >= shown.x)
		setZoom(null);
	else
		zoomTo(middle - half, middle + half);
}

function cursorKey(event) {
	const x = times(firstPoint()).filter((at) => at >= range()[0] && at <= range()[1]), step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
	let i;

	if (event.key === '+' || event.key === '-') {
		zoomKey(event.key);
		event.preventDefault();
	} else if (event.key === 'Escape' && cursorX === null && zoom) {
		setZoom(null);
		event.preventDefault();
	} else if (event.key === 'Escape' && cursorX !== null) {
		cursorX = null;
		event.stopPropagation();
	} else if (step && x.length) {
		i = cursorX === null ? x.length : x.findIndex((at) => at >= cursorX);
		cursorX = x[Math.max(0, Math.min(x.length - 1, (i < 0 ? x.length : i) + step))];
		event.preventDefault();
	} else {
		return;
	}
	for (const chart of charts)
		if (chart.plot && !chart.canvas.hidden)
			moveCursor(chart);
	setText($('readout'), cursorX === null ? '' : charts.filter((c) => !c.canvas.hidden)
		.map((c) => c.name + ' ' + c.value.textContent.replace(/^\S+ {2}/, '')).join(', ') +
		', at ' + clock(1000 * cursorX));
}

