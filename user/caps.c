// SPDX-License-Identifier: GPL-2.0
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"

bool cap_effective(int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return true;
	return data[cap / 32].effective >> cap % 32 & 1;
}

/* CAP_BPF and CAP_PERFMON came with v5.8; CAP_SYS_ADMIN stands for both. */
bool caps_for_bpf(void)
{
	return cap_effective(V7S_CAP_SYS_ADMIN) ||
	       (cap_effective(V7S_CAP_BPF) && cap_effective(V7S_CAP_PERFMON));
}
