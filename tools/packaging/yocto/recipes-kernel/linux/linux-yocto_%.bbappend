# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The series for the kernel that the distribution has: a folder of kernel-patch/, copied to
# files/v7scope-series/ beside this file, with its patches and the file "series".
FILESEXTRAPATHS:prepend := "${THISDIR}/files:"
V7SCOPE_SERIES ?= "${THISDIR}/files/v7scope-series"

def v7scope_patches(d):
    import os
    folder = d.getVar('V7SCOPE_SERIES')
    series = os.path.join(folder, 'series')
    if not os.path.exists(series):
        bb.fatal('%s is missing: copy the folder of kernel-patch/ for your kernel to %s' % (series, folder))
    with open(series) as f:
        names = [line.strip() for line in f if line.strip() and not line.startswith('#')]
    return ' '.join('file://%s' % os.path.join(folder, name) for name in names)

SRC_URI += "file://v7scope.cfg ${@v7scope_patches(d)}"
