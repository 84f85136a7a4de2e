#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The part of crowd.t with the function graph tracer, which hides callers in its own way.
# shellcheck disable=SC2034 source-path=SCRIPTDIR source=crowd.t
kernels=${kernels-debian-6.12} besides=graph
. "$(dirname -- "$0")/crowd.t"
