# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
"""Print the slices and counters of a Perfetto trace as JSON, a line each.

usage: perfetto.py TRACE

protoc decodes the packets. Slices are matched as Perfetto does: packets are sorted by
time and otherwise stay in order, and an end closes the latest open slice of its track.
The last line has what is wrong: "faults", an array.
"""
import json
import os
import re
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
FIELD = re.compile(r'\s*(\w+)(?:: (.*)| \{)$')
faults = []


def varint(data, at):
    n = shift = 0
    while True:
        byte = data[at]
        at += 1
        n |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return n, at


def inflated(data):
    """The packets of all blocks, one behind the other."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        size, at = varint(data, at)
        end = at + size
        inner, at = varint(data, at)
        size, at = varint(data, at)
        if tag != 1 << 3 | 2 or inner != 50 << 3 | 2 or at + size != end or end > len(data):
            raise ValueError('not a block of packets at byte %d' % at)
        yield zlib.decompress(data[at:end])
        at = end


def text(s):
    return re.sub(rb'\\([0-7]{3}|.)', lambda m: bytes([int(m[1], 8)]) if len(m[1]) == 3 else
                  {b'n': b'\n', b't': b'\t', b'r': b'\r'}.get(m[1], m[1]), s.encode()).decode()


def packets(raw):
    """What protoc prints: each packet as a dict whose values are lists."""
    decoded = subprocess.run(['protoc', '-I' + HERE, '--decode=Trace', 'perfetto.proto'], input=raw,
                             stdout=subprocess.PIPE, check=True).stdout.decode()
    stack = [{}]
    for line in decoded.splitlines():
        if line.strip() == '}':
            done = stack.pop()
            if len(stack) == 1:
                yield done
            continue
        key, value = FIELD.match(line).groups()
        if key.isdigit():
            faults.append('unknown field: ' + line.strip())
        if value is None:
            stack.append({})
            stack[-2].setdefault(key, []).append(stack[-1])
        else:
            value = text(value[1:-1]) if value[0] == '"' else int(value) if value.lstrip('-').isdigit() else value
            stack[-1].setdefault(key, []).append(value)


def args_of(event, known):
    def value(a):
        if 'array' in a:
            return [value(one) for one in a['array']]
        if 'address' in a:
            return '0x%x' % a['address'][0]
        return known['text'][a['text'][0]] if 'text' in a else a['number'][0]
    return {known['arg'][a['name'][0]]: value(a) for a in event.get('arg', [])}


def main(path):
    known, tracks, events = None, {}, []
    with open(path, 'rb') as f:
        raw = b''.join(inflated(f.read()))
    for packet in packets(raw):
        flags = packet['flags'][0]
        if packet['sequence'] != [1] or not flags & 2:
            faults.append('packet of no sequence')
        if flags & 1:
            known = {'category': {}, 'name': {}, 'arg': {}, 'text': {}}
        for kind, texts in packet.get('interned', [{}])[0].items():
            for one in texts:
                if one['iid'][0] in known[kind]:
                    faults.append('interned twice: %s' % one)
                known[kind][one['iid'][0]] = one['s'][0]
        for track in packet.get('track', []):
            t = {key: value[0] for key, value in track.items()}
            if tracks.setdefault(t['uuid'], t) != t:
                faults.append('two tracks: %s' % t)
        for event in packet.get('event', []):
            e = {'ts': packet['timestamp'][0], 'type': event['type'][0], 'track': event['track'][0]}
            if e['type'] in ('BEGIN', 'INSTANT'):
                e['name'] = event['name'][0] if 'name' in event else known['name'][event['name_iid'][0]]
                e['cat'] = known['category'][event['category'][0]]
                e['args'] = args_of(event, known)
                e['flows'] = event.get('flow', [])
            if e['type'] == 'COUNTER':
                e['value'] = event['counter'][0]
            events.append(e)
    opened = {}
    for e in sorted(events, key=lambda e: e['ts']):
        track = tracks.get(e['track'])
        if not track or (e['type'] == 'COUNTER') != ('counter' in track):
            faults.append('on no track, or on a wrong one: %s' % e)
            continue
        e['on'], e['parent'] = track['name'], tracks[track['parent']]['name'] if 'parent' in track else None
        below = opened.setdefault(e['track'], [])
        if e['type'] == 'BEGIN':
            e['depth'] = len(below)
            below.append(e)
        elif e['type'] == 'END':
            if not below:
                faults.append('ends nothing: %s' % e)
                continue
            begun = below.pop()
            begun['dur'] = e['ts'] - begun['ts']
    for below in opened.values():
        faults.extend('has no end: %s' % e for e in below)
    for e in events:
        if e['type'] != 'END':
            print(json.dumps(e))
    print(json.dumps({'faults': faults}))


main(sys.argv[1])
