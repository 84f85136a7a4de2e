# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
"""Validate each line of JSON on standard input against a JSON Schema.

usage: validate.py SCHEMA <LINES
"""
import json
import sys

import jsonschema

with open(sys.argv[1]) as f:
    schema = json.load(f)
validator = jsonschema.validators.validator_for(schema, default=None)
validator.check_schema(schema)
judge = validator(schema)
n = 0
for line in sys.stdin:
    n += 1
    for error in judge.iter_errors(json.loads(line)):
        best = jsonschema.exceptions.best_match([error])
        sys.exit("line %d, /%s: %s" % (n, "/".join(map(str, best.absolute_path)), best.message[:400]))
sys.exit(0 if n else "nothing to validate")
