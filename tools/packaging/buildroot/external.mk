# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
include $(BR2_EXTERNAL_V7SCOPE_PATH)/package/v7scope/v7scope.mk
