# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
"""Print the script that LAVA makes of a test definition, or a YAML file as JSON.

usage: lava.py script DEFINITION [NAME=VALUE]...
       lava.py json FILE
       lava.py validate definition|job FILE      by LAVA's own schemas
"""
import json
import shlex
import sys

import yaml


def script(path, *values):
    with open(path) as f:
        definition = yaml.safe_load(f)
    params = definition["params"]
    for name, value in (pair.split("=", 1) for pair in values):
        # LAVA ignores a parameter that the definition does not know.
        if name in params:
            params[name] = value
    for name, value in params.items():
        print("%s=%s" % (name, shlex.quote(value)))
    print("set -e\nset -x")
    for step in definition["run"]["steps"]:
        print(step)


def show(path):
    with open(path) as f:
        print(json.dumps(yaml.safe_load(f)))


def validate(kind, path):
    from lava_common.schemas.test import definition, testdef
    from voluptuous import ALLOW_EXTRA, Schema
    with open(path) as f:
        data = yaml.safe_load(f)
    if kind == "definition":
        testdef.validate(data)
    else:
        Schema(definition.schema(), extra=ALLOW_EXTRA)(data[0]["test"])


{"script": script, "json": show, "validate": validate}[sys.argv[1]](*sys.argv[2:])
