# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
"""Run a file of SQL on tables of the shape of trace_processor's, and print the rows of the
last query as JSON.

usage: android.py slices|events SQL [QUERY] <LINES

LINES are those of user/t/cli/perfetto.py, or of `v7scope report FILE trace --json`.
"""
import json
import sqlite3
import sys

NUMBERS = {
    'install': ('won', 'lost_to_table', 'lost_to_leaf', 'lost_to_empty'),
    'split': ('done', 'found_done', 'gone', 'failed'),
}


class Tables:
    def __init__(self):
        self.db = sqlite3.connect(':memory:')
        self.db.executescript('''
            CREATE TABLE slice(id INTEGER, ts INTEGER, dur INTEGER, track_id INTEGER, category TEXT, name TEXT,
                parent_id INTEGER, arg_set_id INTEGER);
            CREATE TABLE ftrace_event(id INTEGER, ts INTEGER, name TEXT, cpu INTEGER, arg_set_id INTEGER);
            CREATE TABLE args(arg_set_id INTEGER, flat_key TEXT, key TEXT, int_value INTEGER, string_value TEXT);''')

    def args(self, n, args, prefix=''):
        for key, value in args.items():
            if isinstance(value, list):
                self.args(n, {f'{key}[{i}]': v for i, v in enumerate(value)}, prefix)
                continue
            number = isinstance(value, int)
            self.db.execute('INSERT INTO args VALUES(?, ?, ?, ?, ?)', (
                n, prefix + key, prefix + key, value if number else None,
                None if number else value))

    def slices(self, lines):
        stacks = {}
        for n, e in enumerate(lines):
            if 'name' not in e or e['type'] == 'COUNTER':
                continue
            depth = e.get('depth', 0)
            stack = stacks.setdefault(e['track'], {})
            parent = stack.get(depth - 1)
            if e['type'] == 'BEGIN':
                stack[depth] = n
            self.db.execute('INSERT INTO slice VALUES(?, ?, ?, ?, ?, ?, ?, ?)', (
                n, e['ts'], e.get('dur', 0), e['track'], e['cat'], e['name'], parent, n))
            self.args(n, e.get('args') or {}, 'debug.')

    def events(self, lines):
        for n, e in enumerate(lines):
            if e.get('line') != 'event':
                continue
            self.db.execute('INSERT INTO ftrace_event VALUES(?, ?, ?, ?, ?)', (
                n, e['time_ns'], 'io_pgtable_' + e['event'], e['cpu'], n))
            args = {k: e[k] for k in ('dev', 'pgtable', 'window_ns', 'wait_ns', 'hold_ns') if k in e}
            if args.get('window_ns', 0) is None:
                args['window_ns'] = -1
            if e['event'] in NUMBERS:
                args['outcome'] = NUMBERS[e['event']].index(e['outcome'])
            self.args(n, {k: v for k, v in args.items() if v is not None})


def statements(text):
    part = ''
    for line in text.splitlines(True):
        part += line
        if sqlite3.complete_statement(part):
            yield part
            part = ''


def main(kind, path, query=''):
    tables = Tables()
    getattr(tables, kind)(json.loads(line) for line in sys.stdin)
    rows = None
    with open(path) as f:
        for statement in statements(f.read() + query):
            rows = tables.db.execute(statement)
    names = [column[0] for column in rows.description]
    for row in rows:
        print(json.dumps(dict(zip(names, row))))


main(*sys.argv[1:])
