// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- Stacks ---- */

const stackKinds = {
	lost: ['lost races', (e) => e.install.lost],
	split: ['splits', splits],
	waited: ['waits for split_lock', (e) => e.split.waits],
	install: ['installs', (e) => e.install.attempts],
};
const LEAST = 0.002;		/* of the width, to be drawn */
const STACKS_MS = 2000;		/* least time between two drawings */

const frameName = (f) => f.symbol === null ? f.address : visible(f.symbol);
/* Outermost caller first. */
const pathOf = (stack) => stack.frames.length ? stack.frames.map(frameName).reverse() : ['no stack'];

/* The stacks as a tree of callers. */
function stackTree(stacks) {
	const root = { name: '', n: 0, children: new Map(), path: [] };

	for (const stack of stacks) {
		let node = root;

		root.n += stack.n;
		for (const name of stack.path) {
			if (!node.children.has(name))
				node.children.set(name, { name, n: 0, children: new Map(), path: node.path.concat(name) });
			node = node.children.get(name);
			node.n += stack.n;
		}
	}
	return root;
}

/* Frames with their place: the callers of @at over the full width, and below it its parts. */
function icicle(root, at) {
	const out = [];
	const place = (node, depth, x, width) => {
		let left = x;

		out.push({ node, depth, x, width });
		for (const child of Array.from(node.children.values()).sort((a, b) => b.n - a.n || (a.name < b.name ? -1 : 1))) {
			const part = width * child.n / node.n;

			if (part >= LEAST)
				place(child, depth + 1, left, part);
			left += part;
		}
	};
	let node = root, depth = 0;

	for (const name of at) {
		const next = node.children.get(name);

		if (!next)
			break;
		out.push({ node, depth: depth++, x: 0, width: 1 });
		node = next;
	}
	place(node, depth, 0, 1);
	return out;
}

let framePath = [];		/* of the frame that fills the width */
let stacksDrawn = '', stacksAt = -Infinity, stacksList;

const stackColumns = [
	{ name: 'stack, innermost frame first', text: (k) => k.path.slice().reverse().join(' < ') },
	{ name: 'page table', text: (k) => k.pgtable === null ? 'several' : k.pgtable + ' of ' + devName(k.dev) },
	{ name: 'count', value: (k) => k.n, text: (k) => count(k.n) },
	{ name: 'share', value: (k) => k.n, text: (k) => percent(k.share) + '\u202f%' },
];

function drawStacks(s) {
	const kind = stackKinds[$('stack-kind').value], state = JSON.stringify([s.key, kind[0], framePath, shown.generation]);

	if (state === stacksDrawn && performance.now() - stacksAt < STACKS_MS)
		return;
	stacksDrawn = state;
	stacksAt = performance.now();

	const given = shown.now.stacks, absent = given && kind[1](shown.now.total) === null;
	let stacks = (absent || !given ? [] : given).filter(inScope(s)).map((k) => ({ pgtable: k.pgtable, dev: k.dev,
		path: pathOf(k), n: Number(kind[1](k)) }));

	if (given && !absent && s.key === ALL && shown.now.other_stacks)
		stacks.push({ pgtable: null, dev: null, path: ['stacks without a slot'], n: Number(kind[1](shown.now.other_stacks)) });
	stacks = stacks.filter((k) => k.n > 0);

	const tree = stackTree(stacks), frames = tree.n ? icicle(tree, framePath) : [];
	const inside = frames.filter((f) => f.width === 1).map((f) => f.node.path).pop() || [];

	stacks = stacks.filter((k) => inside.every((name, i) => k.path[i] === name)).sort((a, b) => b.n - a.n);
	for (const k of stacks)
		k.share = k.n / tree.n;
	setText($('stacks-title'), 'Stacks' + withoutSome('stacks'));
	drawFrames(frames, tree, kind[0]);
	$('icicle-all').hidden = !framePath.length;
	stacksList.update(stacks, [], !given ? 'Not counted. Start serve with --stacks, on a kernel that shows stacks.' :
		absent ? NOT_HERE : noneListed('stacks', 'No ' + kind[0] + ' so far.'));
}

function drawFrames(frames, tree, noun) {
	const parent = $('icicle'), focused = document.activeElement;

	parent.hidden = !frames.length;
	parent.style.height = 1.5 * (1 + Math.max(0, ...frames.map((f) => f.depth))) + 'rem';
	each(parent, frames, (f) => f.node.path.join('\n'), (f) => {
		const e = make('button', { type: 'button', class: 'frame tint-' + Array.from(f.node.name).reduce((a, c) => a + c.charCodeAt(0), 0) % 3 },
			f.node.name || 'all');

		e.onclick = () => zoomFrame(e.frame.node.path);
		return e;
	}, (e, f) => {
		const text = (f.node.name || 'all') + ': ' + count(f.node.n) + ' ' + noun + ', ' + percent(f.node.n / tree.n) + '\u202f%';

		e.frame = f;
		e.style.left = 100 * f.x + '%';
		e.style.width = 100 * f.width + '%';
		e.style.top = 1.5 * f.depth + 'rem';
		setAttr(e, 'aria-label', text);
		setAttr(e, 'title', text);
		setAttr(e, 'tabindex', f.node.path.join() === framePath.join() || frames.length === 1 ? 0 : -1);
	});
	if (frames.length && !parent.querySelector('[tabindex="0"]'))
		parent.firstChild.tabIndex = 0;
	/* An element that is moved loses the focus. */
	if (parent.contains(focused))
		focused.focus({ preventScroll: true });
}

function zoomFrame(path) {
	framePath = path;
	viewChanged();
	drawNow();
	frameAt(path).focus();
}

const frameAt = (path) => Array.from($('icicle').children).find((e) => e.frame.node.path.join('\n') === path.join('\n')) ||
	$('icicle').firstChild;

/* Up to the caller, down to the largest part, left and right among the neighbours. */
function frameKey(event) {
	const f = event.target.frame, path = f && f.node.path, step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
	const all = Array.from($('icicle').children), row = f && all.filter((e) => e.frame.depth === f.depth).sort((a, b) => a.frame.x - b.frame.x);
	let to;

	if (!f || (event.key === 'Escape' && !framePath.length))
		return;
	if (event.key === 'Escape')
		zoomFrame(framePath.slice(0, -1));
	else if (event.key === 'ArrowUp')
		to = path.length && frameAt(path.slice(0, -1));
	else if (event.key === 'ArrowDown')
		to = all.find((e) => e.frame.depth === f.depth + 1 && path.every((name, i) => e.frame.node.path[i] === name));
	else if (step)
		to = row[row.indexOf(event.target) + step];
	else
		return;
	event.preventDefault();
	if (to)
		to.focus();
}
