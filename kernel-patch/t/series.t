#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# The series for the kernel that Debian 12 has applies, is clean, and builds after its
# last patch. make check-all builds after each patch, which takes twenty minutes.
exec "$(dirname -- "$0")/../check" --last-only v6.1
