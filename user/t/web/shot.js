// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Takes a picture of a page of `serve` that was open for a minute: node shot.js URL FILE.png */
'use strict';
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
		/* The charts begin when the page is opened. */
		const opened = await page.evaluate(() => shown.now.elapsed_ns);
		await page.waitForFunction((ns) => shown.now.elapsed_ns > ns + 55e9, opened, { timeout: 100000 });
		await page.screenshot({ path: file });
	} finally {
		await browser.close();
	}
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
