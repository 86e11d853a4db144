package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
)

// In the order of their numbers in linux/capability.h.
var capabilities = strings.Fields(`
	CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID
	CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST
	CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO
	CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE
	CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE
	CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM
	CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE`)

// limit takes out of an OCI process what this machine cannot grant.
func limit(process map[string]any) {
	granted := bounding()
	if sets, ok := process["capabilities"].(map[string]any); ok {
		for name, set := range sets {
			sets[name] = only(granted, set)
		}
	}
	if granted["CAP_SYS_RESOURCE"] {
		return
	}
	// Raising a limit or lowering the OOM score needs CAP_SYS_RESOURCE.
	delete(process, "rlimits")
	if wanted, ok := process["oomScoreAdj"].(json.Number); ok {
		if score, err := wanted.Int64(); err != nil || score < ownOOMScore() {
			delete(process, "oomScoreAdj")
		}
	}
}

func only(granted map[string]bool, set any) []any {
	kept := []any{}
	wanted, _ := set.([]any)
	for _, capability := range wanted {
		if name, ok := capability.(string); ok && granted[name] {
			kept = append(kept, name)
		}
	}
	return kept
}

func bounding() map[string]bool {
	granted := map[string]bool{}
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		hex, found := strings.CutPrefix(line, "CapBnd:")
		if !found {
			continue
		}
		bits, _ := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
		for number, name := range capabilities {
			granted[name] = bits&(1<<uint(number)) != 0
		}
	}
	return granted
}

func ownOOMScore() int64 {
	text, _ := os.ReadFile("/proc/self/oom_score_adj")
	score, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return score
}
