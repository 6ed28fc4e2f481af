"""deny-system-calls.py ERROR NUMBER,… COMMAND…: runs a command that the kernel refuses some calls.

By a seccomp filter, as a container's profile does it: each of these calls fails with this error.
The numbers aren't compared with the architecture's: they must mean the same on all that are used.
"""

import ctypes
import os
import struct
import sys

PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
ALLOW = 0x7FFF0000
ERRNO = 0x00050000
LOAD_NUMBER = (0x20, 0, 0, 0)
JUMP_IF_EQUAL = 0x15
RETURN = 0x06


class Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


error = int(sys.argv[1])
numbers = [int(number) for number in sys.argv[2].split(",")]
command = sys.argv[3:]

instructions = [LOAD_NUMBER]
for i, number in enumerate(numbers):
    instructions.append((JUMP_IF_EQUAL, len(numbers) - i, 0, number))
instructions += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERRNO | error)]
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *i) for i in instructions))
program = Program(len(instructions), ctypes.addressof(code))

libc = ctypes.CDLL(None, use_errno=True)
for arguments in (
    (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
    (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0),
):
    if libc.prctl(*arguments) != 0:
        sys.exit("seccomp: " + os.strerror(ctypes.get_errno()))
os.execvp(command[0], command)
