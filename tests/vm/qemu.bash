# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # "run" sets and uses the variables
#
# Functions of "run" that start QEMU and communicate with it.

# A guest whose kernel has no extra checks boots in two to four seconds, or in about twenty under
# emulation on a slow host.
boot_timeout=${DMAHEAPCTL_BOOT_TIMEOUT:-90}

# choose_accelerator: prints the argument of QEMU's -accel. With KVM, guests can hang even if /dev/kvm
# exists. This function therefore tests KVM once after each boot of the host, unless
# DMAHEAPCTL_ACCEL is set.
choose_accelerator() {
	local known
	if [[ -n ${DMAHEAPCTL_ACCEL-} ]]; then
		printf '%s\n' "$DMAHEAPCTL_ACCEL"
		return
	fi
	known=$cache/accel-$(</proc/sys/kernel/random/boot_id)
	if [[ ! -s $known ]]; then
		rm -f "$cache"/accel-*
		echo tcg,thread=multi >"$known.$$"
		if [[ -r /dev/kvm && -w /dev/kvm ]]; then
			say "testing KVM (up to 20 seconds)"
			! TMPDIR=$work DMAHEAPCTL_ACCEL=kvm timeout 20 "$vm/run" "$kernel" -- true 2>/dev/null ||
				echo kvm >"$known.$$"
		fi
		mv "$known.$$" "$known"
	fi
	cat "$known"
}

emulator=qemu-system-x86_64 console=ttyS0

# machine: sets $arguments to the arguments of QEMU that depend on the architecture. Sets $serials to
# the arguments for the serial ports after the console.
machine() {
	serials=()
	arguments=(-cpu max -vga "$vga"
		-kernel "$kernel_dir/vmlinuz" -initrd "$work/initrd" -append "$(command_line)"
		-device "isa-debug-exit,iobase=0xf4,iosize=1")
}

# ended_cleanly: succeeds if QEMU exited with the status that the guest's init sets.
ended_cleanly() {
	((qemu_status == 33))
}

was_up() {
	grep -q '^vm: guest is up' "$work/serial.log" 2>/dev/null
}

port_arguments() {
	arguments+=(-chardev "$1,id=$2,path=$work/$2"
		-device "virtserialport,chardev=$2,name=$2")
}

command_line() {
	local size words=("console=$console" quiet loglevel=1 panic=-1 oops=panic
		# A busy host can pause an emulated processor long enough for the kernel to report
		# an RCU stall.
		rcupdate.rcu_cpu_stall_timeout=300
		# init starts the other processors. If a busy host delays them, a kernel without
		# tsc=reliable marks the TSC as unstable and patches its own code.
		maxcpus=1 tsc=reliable
		log_buf_len=4M random.trust_cpu=on mitigations=off "vm.modules=$modules")
	# The CMA heap needs a region. Kernels without CMA ignore the option.
	words+=(cma=64M)
	if $shell; then
		size=$(stty size 2>/dev/null) || size=
		words+=("vm.term=${TERM:-dumb}" "vm.tty=${size/ /x}")
	fi
	echo "${words[*]}" "${append[*]-}"
}

# boot: boots the guest and waits until QEMU ends. Sets $qemu_status, and $reason to a text that
# explains this status.
boot() {
	local arguments serials name qemu limit=() readers=() relay
	machine
	arguments+=(-accel "$accelerator" -m "$memory" -smp "$smp"
		-nodefaults -no-user-config -no-reboot -display none
		${devices[@]+"${devices[@]}"}
		-device "virtio-serial-pci,max_ports=8")
	rm -f "$work"/{stdout,stderr,result,serial.log,late} "$work"/{monitor,screendump}.{in,out}
	mkfifo "$work"/{stdout,stderr} "$work"/{monitor,screendump}.{in,out}
	port_arguments file stdout
	port_arguments file stderr
	port_arguments file result
	port_arguments pipe screendump
	arguments+=(-chardev "pipe,id=monitor,path=$work/monitor" -mon "chardev=monitor,mode=control")
	if $shell; then
		arguments+=(-chardev "stdio,id=serial,signal=off,logfile=$work/serial.log")
	else
		arguments+=(-chardev "file,id=serial,path=$work/serial.log")
	fi
	arguments+=(-serial chardev:serial ${serials[@]+"${serials[@]}"})

	# The readers end when QEMU ends, because QEMU is the only writer of the pipes.
	pass_on <"$work/stdout" &
	readers+=($!)
	pass_on <"$work/stderr" >&2 &
	readers+=($!)
	serve_screendumps &
	relay=$!
	((timeout == 0)) || limit=(timeout --foreground --kill-after=5 "$timeout")
	${limit[@]+"${limit[@]}"} "$emulator" "${arguments[@]}" <&0 2>"$work/qemu.log" &
	qemu=$!
	children=("${readers[@]}" "$relay" "$qemu")
	$shell || watch_boot "$qemu" &
	children+=($!)

	qemu_status=0
	wait "$qemu" || qemu_status=$?
	wait "${readers[@]}" || true
	kill "$relay" "${children[-1]}" 2>/dev/null || true
	wait "$relay" "${children[-1]}" 2>/dev/null || true
	children=()
	explain
}

# pass_on: copies stdin to stdout. If the reader of stdout has ended, discards the rest of stdin, so
# that the guest does not block.
pass_on() {
	cat || cat >/dev/null
}

explain() {
	if [[ -e $work/late ]]; then
		reason="it was not up after $boot_timeout seconds"
		return
	fi
	case $qemu_status in
	33) reason='QEMU ended normally' ;;
	0)
		reason=$(grep -a -m 1 -o 'Kernel panic.*' "$work/serial.log" | tr -d '\r') ||
			reason='it powered off'
		;;
	124) reason="it took longer than $timeout seconds" ;;
	*) reason="QEMU exited with $qemu_status: $(tail -n 1 "$work/qemu.log")" ;;
	esac
}

watch_boot() {
	local i
	for ((i = 0; i < boot_timeout; i++)); do
		sleep 1
		! was_up || return 0
	done
	touch "$work/late"
	kill "$1"
}

# serve_screendumps: answers the requests of the program "screendump" in the guest. The program
# writes the id of a display, or an empty line for the primary display, to its port. This function
# requests a screenshot from QEMU's monitor, and writes "ok LENGTH" and the bytes of the screenshot,
# or "error TEXT", to the port.
serve_screendumps() {
	local device answer picture=$work/screen.ppm
	exec {ask}<>"$work/monitor.in" {reply}<>"$work/monitor.out"
	exec {from}<>"$work/screendump.out" {to}<>"$work/screendump.in"
	echo '{"execute":"qmp_capabilities"}' >&"$ask"
	while read -r device <&"$from"; do
		device=${device//[^A-Za-z0-9_.-]/}
		echo '{"execute":"screendump","id":"shot","arguments":{"filename":"'"$picture"'"'"${device:+,\"device\":\"$device\"}"'}}' >&"$ask"
		# Skip the greeting and the events of the monitor.
		until read -r answer <&"$reply" && [[ $answer == *'"shot"'* ]]; do :; done
		if [[ $answer == *'"error"'* ]]; then
			answer=${answer#*'"desc": "'}
			echo "error ${answer%%\"*}"
		else
			echo "ok $(stat -c %s "$picture")"
			cat "$picture"
		fi >&"$to"
	done
}
