// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Takes pictures of a page of `serve` that was just opened: node shot.js URL FILE.png. The
 * second one, heat.png in the same folder, shows the durations.
 */
'use strict';
const path = require('path');
const { chromium } = require('playwright-core');
const [url, file] = process.argv.slice(2);

async function main() {
	const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });

	try {
		const page = await browser.newPage({ viewport: { width: 1440, height: 880 } });

		await page.goto(url, { waitUntil: 'domcontentloaded' });
		await page.waitForFunction(() => document.body.dataset.state === 'live' && !document.getElementById('view').hidden,
			null, { timeout: 60000 });
		/* The board's history: more than half a minute before the page was opened */
		await page.waitForFunction(() => pastLoaded && points.length > 30, null, { timeout: 100000 });
		const opened = await page.evaluate(() => shown.now.elapsed_ns);
		await page.waitForFunction((ns) => shown.now.elapsed_ns > ns + 5e9, opened, { timeout: 100000 });
		await page.screenshot({ path: file });
		await page.evaluate(() => document.querySelectorAll('#charts > *')[4].scrollIntoView());
		await page.waitForTimeout(1500);	/* an interval, for the looks of the picture only */
		await page.screenshot({ path: path.join(path.dirname(file), 'heat.png') });
	} finally {
		await browser.close();
	}
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
