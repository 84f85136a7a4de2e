// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * browse.js FAKE [SHOTS]: the page of `FAKE serve` in Chromium, and in the folder
 * SHOTS what it looks like. A line for each check, with tabs between: 0 (passed) or
 * 1, its name, and why it failed.
 */
'use strict';

const { spawn } = require('child_process');
const { chromium } = require('playwright-core');

const [fake, shots] = process.argv.slice(2);
const XSS = '<img src=x onerror=alert(1)>';
const NOT_HERE = 'not on this kernel';
const WAIT = 30000;	/* for what is to come about: the machine may be busy */

function check(name, passed, why) {
	console.log([passed ? 0 : 1, name, passed || why === undefined ? '' : JSON.stringify(why)].join('\t'));
}

const same = (name, a, b) => check(name, JSON.stringify(a) === JSON.stringify(b), [a, b]);

/* A server, and where it is: at a port of its choice, or at one of before. */
function serve(env, options = [], port = 0) {
	const child = spawn(fake, ['serve', '-i', '0.1', '--web.listen-address', '127.0.0.1:' + port].concat(options),
		{ env: Object.assign({}, process.env, env), stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';

	servers.add(child);
	return new Promise((resolve, reject) => {
		child.stderr.on('data', (data) => {
			said += data;
			const url = said.match(/http:\/\/[0-9.]+:([0-9]+)\//);
			if (url)
				resolve({ child, url: url[0], port: url[1] });
		});
		child.on('exit', () => {
			servers.delete(child);
			reject(new Error('serve ended: ' + said));
		});
	});
}

function stop(server) {
	const ended = new Promise((resolve) => server.child.on('exit', resolve));

	server.child.kill();
	return ended;
}

const servers = new Set();
const snapshot = async (server) => (await fetch(server.url + 'api/v1/snapshot')).json();

/* A page that keeps a record of all that it should not do. */
async function open(browser, server, options = {}) {
	const context = await browser.newContext(options);
	const page = await context.newPage();

	page.wrong = [];
	page.on('console', (m) => {
		/* What the browser itself says of a connection that is refused. */
		if (!(m.type() === 'error' && /net::ERR_/.test(m.text())))
			page.wrong.push(m.type() + ': ' + m.text());
	});
	page.on('pageerror', (e) => page.wrong.push(e.stack));
	page.on('dialog', (d) => {
		page.wrong.push('dialog: ' + d.message());
		d.dismiss();
	});
	page.on('request', (r) => {
		if (!r.url().startsWith(server.url) && !r.url().startsWith('data:'))
			page.wrong.push('request: ' + r.url());
	});
	await page.addInitScript(() => {
		window.violations = [];
		document.addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective));
	});
	await page.goto(server.url, { waitUntil: 'domcontentloaded' });
	return page;
}

const until = (page, what, arg) => page.waitForFunction(what, arg, { timeout: WAIT, polling: 50 });
const live = (page) => until(page, () => document.body.dataset.state === 'live' && !document.getElementById('view').hidden);
const text = (page, selector) => page.locator(selector).textContent();
const active = (page) => page.evaluate(() => document.activeElement.textContent);
const shot = (page, name) => shots && page.screenshot({ path: shots + '/' + name + '.png', fullPage: true });

/* Once nothing grows any more, and the page shows that: the last snapshot. */
async function settled(page, server) {
	let last, now = await snapshot(server);

	do {
		last = now;
		await until(page, (ns) => shown.now.elapsed_ns > ns, now.elapsed_ns);
		now = await snapshot(server);
	} while (last.total.install.attempts !== now.total.install.attempts);
	await until(page, (n) => shown.now.total.install.attempts === n, now.total.install.attempts);
	return now;
}

/* The figures of the account, as they are shown. */
const account = (page) => page.evaluate(async () => {
	await new Promise(requestAnimationFrame);
	return Object.fromEntries(Array.from(document.querySelectorAll('#account [data-field]'),
		(e) => [e.dataset.field, e.textContent]));
});

/* What that should be, of a row of the snapshot. */
function expected(row, fields) {
	return Object.fromEntries(fields.map((field) => {
		const n = field.split('.').reduce((o, key) => o[key], row);

		return [field, n !== null ? String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f') :
			field === 'alive' && row.net !== null ? 'not known' : NOT_HERE];
	}));
}

async function equals(page, name, row) {
	const shown = await account(page), fields = Object.keys(shown), to = expected(row, fields);

	same(name, [fields.length, fields.filter((f) => shown[f] !== to[f]).map((f) => [f, shown[f], to[f]])], [35, []]);
}

/* Text that is less legible than WCAG's 4.5 : 1, and whatever sticks out. */
const illegible = (page) => page.evaluate(() => {
	const rgb = (color) => (color.match(/[\d.]+/g) || []).map(Number);
	const light = (c) => {
		const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const bad = [];
	let n = 0;

	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		let back = e;

		if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest('script, style, option, .unseen, noscript'))
			continue;
		while (back && [undefined, 0].includes(rgb(getComputedStyle(back).backgroundColor).concat(1)[3]))
			back = back.parentElement;
		const a = light(rgb(getComputedStyle(e).color)), b = light(rgb(getComputedStyle(back || document.body).backgroundColor));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

		n++;
		if (!(ratio >= 4.5))
			bad.push(walker.currentNode.data.trim() + ' ' + ratio.toFixed(2));
		if (e.getBoundingClientRect().right > innerWidth + 0.5)
			bad.push(walker.currentNode.data.trim() + ' sticks out');
	}
	if (document.documentElement.scrollWidth > innerWidth)
		bad.push('scrolls sideways: ' + document.documentElement.scrollWidth);
	if (n < 60)
		bad.push('only ' + n + ' texts');
	return bad;
});

async function looks(page, name) {
	for (const [width, scheme] of [[1600, 'light'], [1600, 'dark'], [800, 'light'], [360, 'dark'], [360, 'light']]) {
		await page.setViewportSize({ width, height: width === 360 ? 780 : 1000 });
		await page.emulateMedia({ colorScheme: scheme });
		await page.waitForTimeout(100);		/* a frame, for the looks of the shot only */
		same(`${name}: ${width} px, ${scheme}: legible, and nothing sticks out`, await illegible(page), []);
		await shot(page, `${name}-${width}-${scheme}`);
	}
	await page.setViewportSize({ width: 1280, height: 900 });
	await page.emulateMedia({ colorScheme: 'light' });
}

/* Tab until what has the focus is as it should be; it is to be seen each time. */
async function tabTo(page, name, is) {
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press('Tab');
		const found = await page.evaluate((source) => {
			const e = document.activeElement, style = getComputedStyle(e);

			return { is: new RegExp(source).test(e.id + ' ' + e.textContent), seen: e === document.body ||
				(style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) };
		}, is);

		if (!found.seen)
			return check(name, false, 'no outline: ' + await active(page));
		if (found.is)
			return check(name, true);
	}
	return check(name, false, 'not found');
}

/* A board under load, and what one does with it. */
async function withLoad(browser) {
	/* As many steps as it takes to look at it; it ends when the counts do not grow. */
	const env = { FAKE_WAVES: '1', FAKE_DEV: XSS };
	let server = await serve(Object.assign({ FAKE_STEPS: '1000000' }, env), ['--tasks']);
	const page = await open(browser, server);
	let before;

	await live(page);
	before = await account(page);
	await until(page, (was) => document.querySelector('#account [data-field="install.attempts"]').textContent !== was,
		before['install.attempts']);
	await until(page, () => points.length > 20);
	check('under load: counts grow', true);
	check('under load: rates are shown', await page.evaluate(() =>
		parseFloat(document.querySelector('#now .big').textContent) > 0 && charts.every((c) =>
			c.plot.data.slice(1).every((line) => line.filter((n) => n > 0).length > 5))), await text(page, '#now'));
	same('under load: the connection, in words', [await text(page, '#said'), await text(page, '#mark')], ['live', '●']);
	same('the board is named', await text(page, '#host'), (await snapshot(server)).server.host);
	same('a name is text, whatever it holds', await page.evaluate((name) => [document.images.length,
		Array.from(document.querySelectorAll('#parts a'), (a) => a.textContent).includes(name)], XSS), [0, true]);
	await looks(page, 'load');

	await page.locator('#pause').click();
	before = await account(page);
	const kept = await page.evaluate(() => points.length);
	await until(page, (n) => points.length > n + 5, kept);
	same('paused: what is shown stays, and is said to be old', [await account(page),
		/^paused, live$/.test(await text(page, '#said')), /old$/.test(await text(page, '#age'))], [before, true, true]);
	await page.locator('#pause').click();
	await until(page, (was) => document.querySelector('#account [data-field="install.attempts"]').textContent !== was,
		before['install.attempts']);
	check('and it goes on', true);

	await page.selectOption('#hist-of', 'last');
	check('histograms of the last interval', await page.locator('[data-hist="window_ns"] tbody tr').count() > 0);
	await page.selectOption('#hist-of', 'start');

	/* It goes, and comes back with counts that begin again. */
	const port = server.port;
	await stop(server);
	await until(page, () => document.body.dataset.state === 'gone' && !document.getElementById('gone').hidden);
	await until(page, () => / [1-9]\d*.s old$/.test(document.getElementById('age').textContent));
	check('connection lost: said so, with the age of what is still shown', /as of \d\d:\d\d:\d\d/.test(await text(page, '#gone-said')) &&
		await text(page, '#said') === 'not connected' && await text(page, '#mark') === '✕' &&
		(await account(page))['install.attempts'] !== '0', await text(page, '#gone'));
	await shot(page, 'gone');
	server = await serve(Object.assign({ FAKE_STEPS: '60' }, env), ['--tasks'], port);
	await live(page);
	await until(page, () => document.getElementById('gone').hidden);
	const log = await text(page, '#log');
	check('connection back: said so, and that the counts began again', /Reconnected after/.test(log) &&
		/The server was restarted/.test(log), log);

	/* All has been counted: what is shown is what the snapshot says. */
	const now = await settled(page, server);
	await equals(page, 'all devices: as in the snapshot', now.total);
	same('tasks: as in the snapshot', await page.evaluate(() => Array.from(document.querySelectorAll('#tasks tbody tr'),
		(tr) => Array.from(tr.cells, (c) => c.textContent).slice(2, 4))),
	now.tasks.map((t) => [String(t.install.attempts), String(t.install.lost)]));
	same('who waited for whom: as in the snapshot', await page.locator('#waits tbody tr').count(), now.waits_for.length);
	same('histograms: as in the snapshot', await page.evaluate(() => Array.from(document.querySelectorAll('[data-hist="wait_ns"] tbody tr'),
		(tr) => Number(tr.cells[2].textContent.replace(/\D/g, ''))).filter(Boolean)), now.total.wait_ns.buckets.filter(Boolean));
	check('no rate is below nothing', !/[-−]\d/.test(await text(page, 'main')));

	await keys(page, now);
	await limits(page);
	same('nothing was blocked', await page.evaluate(() => window.violations), []);
	same('no error, no dialog, no request to elsewhere', page.wrong, []);

	/* The policy is there, and catches what it should. */
	const caught = await page.evaluate(async () => {
		const script = document.createElement('script');
		let html = false;

		try {
			script.textContent = 'window.ran = true';
			document.body.append(script);
		} catch (e) {
			/* As it should. */
		}
		try {
			document.body.innerHTML = '<b>x</b>';
			html = true;
		} catch (e) {
			/* As it should. */
		}
		await fetch('http://127.0.0.1:1/').catch(() => {});
		return [Boolean(window.ran), html];
	});
	same('a script, HTML and a request of somebody else\'s are blocked', caught, [false, false]);
	await until(page, () => window.violations.includes('connect-src') && window.violations.length > 2);
	await page.context().close();

	const plain = await open(browser, server, { javaScriptEnabled: false });
	check('without JavaScript: where the figures are', /\/api\/v1\/snapshot.*\/metrics/s.test(await plain.locator('noscript').innerText()));
	await plain.context().close();
	await stop(server);
}

/* Nothing but keys. */
async function keys(page, now) {
	const dev = now.devices.find((d) => d.pgtables === 2), table = now.tables.find((t) => t.dev === dev.dev);

	await page.evaluate(() => document.activeElement.blur());
	await tabTo(page, 'keys: Tab gets to the charts, and where it is can be seen', '^charts ');
	await page.keyboard.press('ArrowLeft');
	await page.keyboard.press('ArrowLeft');
	check('keys: left moves the cursor, whose figures are told', /Lost races .*, at \d\d:/.test(await text(page, '#readout')));
	await page.keyboard.press('Escape');
	same('keys: Escape takes it away, and nothing else', [await text(page, '#readout'), await page.evaluate(() => location.hash)], ['', '']);

	await tabTo(page, 'keys: Tab gets to the devices', '^ (' + dev.dev + '|<img)');
	if ((await active(page)) !== dev.dev)
		await page.keyboard.press((await page.locator('#parts tbody tr:visible').first().textContent()).includes(dev.dev) ? 'ArrowUp' : 'ArrowDown');
	same('keys: up and down move in the list', await active(page), dev.dev);
	await page.keyboard.press('Enter');
	await until(page, (name) => document.getElementById('title').textContent === name, dev.dev);
	same('keys: Enter looks into a device', [await active(page), await page.locator('#parts tbody tr:visible').count()], [dev.dev, 2]);
	await equals(page, 'a device: as in the snapshot', dev);
	await shot(page, 'device');
	await tabTo(page, 'keys: Tab gets to its page tables', '^ page table ' + table.pgtable);
	await page.keyboard.press('Enter');
	await until(page, (name) => document.getElementById('title').textContent === name, 'Page table ' + table.pgtable);
	await equals(page, 'a page table: as in the snapshot', table);
	same('a page table: nothing to look into', await page.locator('#parts').isVisible(), false);
	await shot(page, 'table');
	await page.keyboard.press('Escape');
	await until(page, (name) => document.getElementById('title').textContent === name, dev.dev);
	same('keys: Escape goes back, to where one came from', await active(page), 'page table ' + table.pgtable);
	await page.keyboard.press('Escape');
	await until(page, () => document.getElementById('title').textContent === 'All devices');
	same('keys: and again', await active(page), dev.dev);
	await page.goBack();
	await until(page, (name) => document.getElementById('title').textContent === name, dev.dev);
	await page.evaluate(() => {
		location.hash = '#%E0%A4%A';
	});
	await until(page, () => document.getElementById('title').textContent === 'All devices');
	await page.evaluate(() => {
		location.hash = '#t%2F999';
	});
	await until(page, () => /no longer reports/.test(document.getElementById('title-more').textContent));
	await page.keyboard.press('Escape');
	await until(page, () => document.getElementById('title').textContent === 'All devices');
	check('what is not there is said not to be, and one gets away from it', true);

	const nameless = await page.evaluate(() => Array.from(document.querySelectorAll('a, button, select, th, table'))
		.filter((e) => e.checkVisibility() && !(e.textContent.trim() || e.labels && e.labels.length)).map((e) => e.outerHTML));
	same('everything that one can use has a name', nameless, []);
	same('one title, a language, and tables with headers', await page.evaluate(() => [document.querySelectorAll('h1').length,
		document.documentElement.lang, Array.from(document.querySelectorAll('table')).filter((t) => !t.querySelector('th[scope="col"]')).length,
		document.querySelectorAll('th:not([scope])').length]), [1, 'en', 0, 0]);
}

/* What no board does while one looks. */
async function limits(page) {
	same('numbers above 2^53 are exact', await page.evaluate(() => {
		const a = parse('{"n":18446744073709551615,"s":"n:18446744073709551615,","f":1.5}'), b = parse('{"n":18446744073709551609}');

		return [less(a.n, b.n), less(a.n, 9), count(a.n).replace(/\u202f/g, ''), a.s, a.f, less(null, 1), less(5, 3)];
	}), [6, 18446744073709552000, '18446744073709551615', 'n:18446744073709551615,', 1.5, null, 2]);
	same('percentiles are those of the tool', await page.evaluate(() => ['window_ns', 'wait_ns', 'hold_ns'].map((h) =>
		[50, 99].map((q) => percentile(now.total[h].buckets, q, now.total[h].max) === now.total[h]['p' + q]))),
	[[true, true], [true, true], [true, true]]);
	same('an axis has room for its numbers', await page.evaluate(() => [0, 0.25, 9500, 1e4, 250000, 1e6, 2.5e9].map(short)),
		['0', '0.25', '9\u202f500', '10k', '250k', '1M', '2.5G']);
	same('percentiles: at their bounds', await page.evaluate(() => {
		const last = Array(31).fill(0).concat(3);

		return [percentile([50, 50, 0], 50, null), percentile([50, 50, 0], 51, null), percentile([0, 1, 0], 99, 9),
			percentile([0, 0, 7], 50, 3), percentile(last, 50, 5e9), percentile([0, 0], 50, 1)];
	}), [1, 2, 2, 3, 5e9, NaN]);

	const fed = await page.evaluate(() => new Promise((resolve) => {
		const base = JSON.stringify(now, (key, value) => key === 'rows' ? undefined : value);
		const draw = drawNow;
		let drawn = 0, at = Number(now.elapsed_ns), i;
		const more = (dev, lost) => {
			const s = JSON.parse(base), d = JSON.parse(JSON.stringify(s.devices[0]));

			s.elapsed_ns = at += 1e9;
			d.dev = dev;
			d.install.lost = lost;
			s.devices.push(d);
			return s;
		};

		stream.close();
		drawNow = () => {
			drawn++;
			draw();
		};
		for (i = 0; i < 2 * POINTS; i++)
			take(more('x', 5));
		const frames = drawn;
		const many = more('x', 5);
		for (i = 0; i < 50; i++)
			many.devices.push(Object.assign({}, many.devices[0], { dev: 'dev' + i + '\u202e\x07' }));
		take(many);
		requestAnimationFrame(() => requestAnimationFrame(() => {
			const rows = () => Array.from(document.querySelectorAll('#parts tbody tr')).filter((e) => e.checkVisibility()).length;
			const few = rows();

			document.querySelector('#parts .more:not([hidden])').click();
			const all = rows(), names = document.getElementById('parts').textContent;

			/* A counter that falls is a restart, and no negative rate. */
			const before = generation, generations = [];
			const taken = (s) => {
				take(s);
				generations.push([generation - before, points[points.length - 1].rows !== null]);
			};
			const falls = more('x', 5), clockSet = more('x', 5), another = more('x', 5);

			falls.total.install.attempts = 1;
			taken(falls);
			/* A clock that was set is none, unless the connection was lost as well. */
			clockSet.server.start += 1e6;
			taken(clockSet);
			connections++;
			taken(another);
			drawNow = draw;
			resolve([points.length, frames, drawn < 5, few, all > 52, /dev7\\u202e\\x07/.test(names), generations]);
		}));
	}));
	same('points, frames and rows are bounded', fed.slice(0, 5), [900, 0, true, 20, true]);
	same('what cannot be seen in a name is made visible', fed[5], true);
	same('a counter that falls is a restart, and a clock that was set is none', fed[6], [[1, false], [1, true], [2, false]]);
	/* All counts as large as they come, twice: nothing here may take them for doubles. */
	const huge = await page.evaluate(() => {
		const plain = JSON.parse(JSON.stringify(now, (key, value) => key === 'rows' ? undefined : value));
		const { total, devices, tables, tasks, waits_for, other, ...rest } = plain;
		const grown = (by) => parse(JSON.stringify({ total, devices, tables, tasks, waits_for, other })
			.replace(/([:[,])(\d+)(?=[,}\]])/g, (all, before, n) => before + (BigInt(n) + 2n ** 63n + by)));
		const attempts = () => document.querySelector('#account [data-field="install.attempts"]').nextSibling.textContent;

		rest.elapsed_ns += 2e9;
		take(Object.assign({}, rest, grown(0n)));
		drawNow();
		rest.elapsed_ns += 2e9;
		take(Object.assign({}, rest, grown(6n)));
		drawNow();
		return [attempts(), document.querySelector('#account [data-field="split.waits"]').textContent.replace(/\u202f/g, ''),
			String(BigInt(plain.total.split.waits) + 2n ** 63n + 6n)];
	});
	same('and so are their differences', [huge[0], huge[1]], ['3.0', huge[2]]);
	await page.evaluate(() => connect());
	await live(page);
}

/* A kernel without the series, where sections lose their address. */
async function stock(browser) {
	const server = await serve({ FAKE: 'stock', FAKE_SECTIONS: '25', FAKE_WAVES: '1', FAKE_STEPS: '40' });
	const page = await open(browser, server, { reducedMotion: 'reduce' });

	await live(page);
	await until(page, () => document.getElementById('alarm-title').textContent.includes('26 sections'));
	const now = await settled(page, server);
	same('alarm: shown, told to who does not see it, and in the title', await page.evaluate(() => [
		document.getElementById('alarm').checkVisibility(), document.getElementById('alert').getAttribute('role'),
		/corruption: [1-9]\d* section/.test(document.getElementById('alert').textContent), /ALARM/.test(document.title)]),
	[true, 'alert', true, true]);
	same('alarm: the last ten, by name', await page.evaluate(() => Array.from(document.querySelectorAll('#alarms li'),
		(li) => /^dev 14006000.iommu: a section was split at iova/.test(li.textContent))), now.server.alarms.map(() => true));
	same('alarm: ten at most', now.server.alarms.length, 10);
	same('alarm: without motion for who wants none', await page.evaluate(() => getComputedStyle(document.getElementById('alarm')).animationName), 'none');

	await equals(page, 'stock: null is "not on this kernel", and nothing else is', now.total);
	same('stock: no chart of what is not there', await page.evaluate(() => charts.map((c) =>
		[c.canvas.checkVisibility(), c.absent.checkVisibility() && c.absent.textContent])),
	[[true, false], [true, false], [true, false], [false, NOT_HERE]]);
	same('stock: no histogram of what is not there', await page.evaluate(() => Array.from(document.querySelectorAll('#hists figure'),
		(f) => [f.querySelector('table').checkVisibility(), f.querySelector('.absent').textContent])), Array(3).fill([false, NOT_HERE]));
	check('stock: what cannot be shown is listed', /race window/.test(await text(page, '#hidden')) &&
		/hold time of split_lock/.test(await text(page, '#hidden')) && /^No: /.test(await text(page, '#exact')), await text(page, '#last'));
	check('stock: columns that nothing is known for are named, and not there',
		/not on this kernel: waits\/s, wait p99, refused, tables alive/.test(await text(page, '#parts .missing >> nth=0')) &&
		!/waits\/s/.test(await text(page, '#parts thead >> nth=0')));
	check('tasks that were not asked for: what to do', /--tasks/.test(await text(page, '#tasks .none')));
	await looks(page, 'stock');

	/* Alive, but silent. */
	server.child.kill('SIGSTOP');
	await until(page, () => document.body.dataset.state === 'late');
	check('a server that says nothing: late', await text(page, '#said') === 'late' && await page.locator('#gone').isVisible());
	await shot(page, 'late');
	server.child.kill('SIGCONT');
	await live(page);
	check('and back', await page.locator('#gone').isHidden());
	same('stock: nothing was blocked, no error', [await page.evaluate(() => window.violations), page.wrong], [[], []]);
	await page.context().close();
	await stop(server);
}

/* More look than a board has room for: one is told so, and gets in when another leaves. */
async function crowd(browser) {
	const server = await serve({ FAKE_STEPS: '3' });
	const leave = new AbortController();

	for (;;) {
		const listening = await fetch(server.url + 'api/v1/stream', { signal: leave.signal });

		if (listening.status !== 200)
			break;
	}
	const page = await open(browser, server);

	await until(page, () => document.body.dataset.state === 'gone');
	check('too many look: said so', /too many/.test(await text(page, '#gone-said')), await text(page, '#gone-said'));
	leave.abort();
	await live(page);
	check('they leave: it gets in', true);
	await page.context().close();
	await stop(server);
}

async function main() {
	const browser = await chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync'],
	});

	try {
		await withLoad(browser);
		await stock(browser);
		await crowd(browser);
	} finally {
		await browser.close();
		for (const child of servers) {
			child.kill('SIGCONT');
			child.kill();
		}
	}
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
