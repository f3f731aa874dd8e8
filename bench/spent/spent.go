// SPDX-License-Identifier: Apache-2.0

// Package spent tells how much of the processor the program has used: other work on the machine does not count.
package spent

import (
	"log"
	"syscall"
	"time"
	"unsafe" // clock_gettime
)

// CPU is the time of this process, its own and the system's for it.
func CPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		log.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// Thread is the time of this thread (Linux, clock_gettime(2)).
func Thread() time.Duration {
	const clockThreadCPU = 3
	var t syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPU, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		log.Fatal(errno)
	}
	return time.Duration(t.Nano())
}
