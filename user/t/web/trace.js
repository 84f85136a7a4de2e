// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * trace.js VIEWER FILE...: what Chromium's trace viewer, which is in the folder VIEWER,
 * makes of each file, a line of JSON each. The environment may say what picture to
 * take of the last one: shot=PATH, from and to, in ms, and the title of what is selected.
 */
'use strict';

const fs = require('fs');
const { chromium } = require('playwright-core');

const [viewer, ...files] = process.argv.slice(2);
const { shot, from, to, title } = process.env;
const PAGE = `<!DOCTYPE html><meta charset="utf-8">
<style>html, body { margin: 0; height: 100% } tr-ui-timeline-view { display: flex; height: 100% }</style>
<script src="webcomponents.min.js"></script><link rel="import" href="trace_viewer_full.html">`;

/* In the page: the viewer reads a file, and shows it. */
async function read(text) {
	const options = new tr.importer.ImportOptions();
	const model = new tr.Model();
	const said = { refused: null, warnings: [], faults: [], threads: [], counters: [] };

	options.shiftWorldToZero = true;
	window.model = model;
	try {
		await new tr.importer.Import(model, options).importTraces([text]);
	} catch (e) {
		said.refused = e.message;
		return said;
	}
	said.warnings = model.importWarnings.map((w) => w.type + ': ' + w.message);

	/* Where one ends that lies within another, or before it: in whole ns. */
	const ns = (ms) => Math.round(ms * 1e6);
	const fault = (what, s) => said.faults.push(what + ': ' + s.title + ' at ' + s.start + ' ms');
	const apart = (slices, end) => {
		let last = -Infinity;
		for (const s of slices) {
			if (ns(s.start) < last)
				fault('begins before the one in front of it ends', s);
			if (ns(s.end) > end)
				fault('ends after the one around it', s);
			last = Math.max(last, ns(s.end));
			apart(s.subSlices, ns(s.end));
		}
	};

	for (const thread of model.getAllThreads()) {
		const slices = thread.sliceGroup.slices;
		const ns_of = {};
		for (const s of slices) {
			if (s.didNotFinish)
				fault('has no end', s);
			if (s.duration < 0)
				fault('ends before it begins', s);
			ns_of[s.title] = (ns_of[s.title] || 0) + ns(s.duration);
		}
		apart(thread.sliceGroup.topLevelSlices, Infinity);
		said.threads.push({ process: thread.parent.name, name: thread.name, sort: thread.sortIndex,
			slices: slices.length, ns: ns_of });
	}
	for (const process of model.getAllProcesses())
		for (const counter of Object.values(process.counters))
			said.counters.push({ name: counter.name, values: counter.series[0].samples.map((s) => s.value) });
	return said;
}

/* In the page: all of it. */
function show() {
	const view = document.createElement('tr-ui-timeline-view');
	const container = document.createElement('track-view-container');

	container.id = 'track_view_container';
	view.track_view_container = container;
	Polymer.dom(view).appendChild(container);
	Polymer.dom(document.body).appendChild(view);
	view.globalMode = true;
	view.viewTitle = 'v7scope';
	view.model = window.model;
	window.view = view;
}

/* In the page: what is between two times, and the first slice of that title. */
function zoom({ from, to, title }) {
	const viewport = window.view.trackView.viewport;
	const transform = viewport.currentDisplayTransform.clone();
	const selected = new tr.model.EventSet();

	transform.xSetWorldBounds(from, to, window.innerWidth - 290);
	viewport.setDisplayTransformImmediately(transform);
	for (const thread of window.model.getAllThreads())
		for (const s of thread.sliceGroup.slices)
			if (s.title === title && s.start >= from && s.start < to && !selected.length)
				selected.push(s);
	window.view.brushingStateController.changeSelectionFromTimeline(selected);
}

async function main() {
	const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });

	try {
		const page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
		page.on('pageerror', (e) => console.error(e.stack));
		await page.route('**/*', (route) => {
			const name = new URL(route.request().url()).pathname.slice(1);
			return name ? route.fulfill({ path: viewer + '/' + name }) : route.fulfill({ contentType: 'text/html', body: PAGE });
		});
		await page.goto('http://viewer.invalid/');
		await page.waitForFunction(() => window.tr && tr.importer && tr.ui && tr.ui.b, null, { timeout: 60000 });
		for (const file of files)
			console.log(JSON.stringify(await page.evaluate(read, fs.readFileSync(file, 'utf8'))));
		if (shot) {
			await page.evaluate(show);
			await page.getByText('Hide', { exact: true }).click();
			/* By itself it then zooms to all there is. */
			await page.waitForTimeout(1000);
			await page.evaluate(zoom, { from: Number(from), to: Number(to), title });
			await page.waitForTimeout(1000);
			await page.screenshot({ path: shot });
		}
	} finally {
		await browser.close();
	}
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
