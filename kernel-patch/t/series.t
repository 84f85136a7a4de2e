#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The series for the kernel that Debian 12 has: applies, clean, builds.
exec "$(dirname -- "$0")/../check" v6.1
