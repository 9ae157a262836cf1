package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const mebi = 1 << 20

// tick is the unit of the times in /proc: USER_HZ is 100.
const tick = 10 * time.Millisecond

// stat is what the kernel tells of a process in /proc/<pid>/stat, from its state on.
func stat(pid int) ([]string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	text := string(b)
	fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
	if len(fields) < 15 {
		return nil, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	return fields, nil
}

// cpuOf is the processor time that a process has used; with its ended children's if these are asked for.
func cpuOf(pid int, children bool) time.Duration {
	fields, err := stat(pid)
	if err != nil {
		return 0
	}
	last := 12
	if children {
		last = 14
	}
	var sum time.Duration
	for _, f := range fields[11 : last+1] {
		n, _ := strconv.Atoi(f)
		sum += time.Duration(n) * tick
	}
	return sum
}

// cpuOfTree is that of a process and of all its children, those that ended included.
func cpuOfTree(pid int) time.Duration {
	sum := cpuOf(pid, true)
	for _, child := range childrenOf(pid) {
		sum += cpuOf(child, true)
	}
	return sum
}

func childrenOf(pid int) []int {
	var list []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for f := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// memoryOf reads a line of /proc/<pid>/status, such as VmRSS or VmHWM, in MiB.
func memoryOf(pid int, name string) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return float64(kib) / 1024
		}
	}
	return 0
}

// filesOf is how many file handles a process has open.
func filesOf(pid int) int {
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(list)
}
