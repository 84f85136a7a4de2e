// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
'use strict';

/* ---- Elements ---- */

const SVG = 'http://www.w3.org/2000/svg';

function make(tag, attributes, ...content) {
	const e = tag === 'svg' || tag === 'line' ? document.createElementNS(SVG, tag) :
		document.createElement(tag);

	for (const name in attributes)
		if (attributes[name] !== null)
			e.setAttribute(name, attributes[name]);
	e.append(...content);
	return e;
}

const head = (...titles) => make('thead', { class: 'unseen' },
	make('tr', {}, ...titles.map((t) => make('th', { scope: 'col' }, t))));

/* Unchanged text is kept, because the user may have selected it. */
function setText(e, text) {
	if (e.textContent !== text)
		e.textContent = text;
}

function setAttr(e, name, value) {
	if (value === null)
		e.removeAttribute(name);
	else if (e.getAttribute(name) !== String(value))
		e.setAttribute(name, value);
}

/*
 * One child per item, in the items' order; children are reused by key. Items may have the
 * same key, as two tasks that had the same pid.
 */
function each(parent, items, keyOf, create, update) {
	const old = new Map(Array.from(parent.children, (e) => [e.key, e])), times = new Map();
	let at = parent.firstElementChild;

	for (const item of items) {
		const same = keyOf(item), n = times.get(same) || 0, key = n ? same + ' ' + n : same;
		let e = old.get(key);

		if (e) {
			old.delete(key);
		} else {
			e = create(item);
			e.key = key;
		}
		times.set(same, n + 1);
		update(e, item);
		if (e === at)
			at = at.nextElementSibling;
		else
			parent.insertBefore(e, at);
	}
	for (const e of old.values())
		e.remove();
}

/*
 * A sortable table. Narrow screens show each row as a card, which needs the roles and
 * labels. Columns not available on this kernel are omitted and named.
 */
class List {
	constructor(parent, columns, keyOf) {
		this.columns = columns;
		this.keyOf = keyOf;
		this.all = false;
		this.by = null;
		this.missing = make('p', { class: 'missing' });
		this.none = make('p', { class: 'none' });
		this.head = make('tr', { role: 'row' });
		this.body = make('tbody', { role: 'rowgroup' });
		this.table = make('table', { role: 'table', class: 'list', 'aria-labelledby': parent.getAttribute('aria-labelledby') },
			make('thead', { role: 'rowgroup' }, this.head), this.body);
		this.more = make('button', { type: 'button', class: 'more' });
		this.by_ = make('select', {});
		this.by_.onchange = () => {
			this.order(this.by_.value);
			viewChanged();
			this.update(this.items, this.absent, this.nothing);
		};
		this.csv = make('button', { type: 'button' }, 'CSV');
		this.csv.onclick = () => save(parent.getAttribute('aria-labelledby').slice(0, -6), this.rows());
		this.tools = make('p', { class: 'tools list-tools' }, make('label', { class: 'by' }, 'Sort by ', this.by_), this.csv);
		this.more.onclick = () => {
			this.all = !this.all;
			this.update(this.items, this.absent, this.nothing);
		};
		this.body.onkeydown = (event) => this.key(event);
		parent.append(this.tools, this.missing, this.none, this.table, this.more);
	}

	key(event) {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		const links = Array.from(this.body.querySelectorAll('a'));
		const to = links[links.indexOf(event.target) + step];

		if (!step || !links.includes(event.target))
			return;
		event.preventDefault();
		if (to)
			to.focus();
	}

	/* By a column's name, after a minus if the largest come first. */
	order(text) {
		this.by = this.columns.find((c) => c.name === (text || '').replace(/^-/, '')) || null;
		this.down = /^-/.test(text || '');
	}

	rows() {
		const columns = this.columns.filter((c) => !this.absent.includes(c));

		return [columns.map((c) => c.name)].concat(this.sorted(this.items).map((item) => columns.map((c) => c.value ? c.value(item) : String(c.text(item)))));
	}

	sort(column) {
		if (this.by === column)
			this.down = !this.down;
		else
			this.down = Boolean(column.value);
		this.by = column;
		viewChanged();
		this.update(this.items, this.absent, this.nothing);
	}

	sorted(items) {
		const by = this.by, sign = this.down ? -1 : 1;
		const value = by && (by.value || by.text);

		if (!by)
			return items;
		return items.slice().sort((a, b) => {
			const x = value(a), y = value(b);

			/* Unknown values sort last. */
			if (!known(x) || !known(y))
				return known(y) - known(x);
			return x < y ? -sign : x > y ? sign : 0;
		});
	}

	update(items, absent, nothing) {
		const columns = this.columns.filter((c) => !absent.includes(c));
		const total = items.length;

		this.items = items;
		this.absent = absent;
		this.nothing = nothing;
		setText(this.missing, absent.length ? NOT_HERE + ': ' +
			absent.map((c) => c.long || c.name).join(', ') : '');
		this.missing.hidden = !absent.length || !total;
		setText(this.none, nothing);
		this.none.hidden = total > 0;
		this.table.hidden = !total;
		each(this.head, columns, (c) => c.name, (c) => {
			const button = make('button', { type: 'button' }, c.name);

			button.onclick = () => this.sort(c);
			return make('th', { role: 'columnheader', scope: 'col', class: c.value ? 'n' : null }, button);
		}, (th, c) => setAttr(th, 'aria-sort', this.by !== c ? null : this.down ? 'descending' : 'ascending'));

		this.tools.hidden = !total;
		each(this.by_, [''].concat(columns.flatMap((c) => c.value ? ['-' + c.name, c.name] : [c.name])), (text) => text, (text) => make('option', { value: text },
			text === '' ? 'default' : text.replace(/^-(.*)/, '$1, largest first')), () => {});
		if (document.activeElement !== this.by_)
			this.by_.value = this.by ? (this.down ? '-' : '') + this.by.name : '';
		items = this.sorted(items);
		if (!this.all)
			items = items.slice(0, ROWS);
		each(this.body, items, this.keyOf, () => make('tr', { role: 'row' }), (tr, item) =>
			each(tr, columns, (c) => c.name, (c) => c === columns[0] ?
				make('th', { role: 'rowheader', scope: 'row' }) :
				make('td', { role: 'cell', class: c.value ? 'n' : null, 'data-label': c.name }),
			(cell, c) => c.fill ? c.fill(cell, item) : setText(cell, c.text(item))));
		this.more.hidden = total <= ROWS;
		setText(this.more, this.all ? 'Show ' + ROWS : 'Show all ' + total);
	}
}

