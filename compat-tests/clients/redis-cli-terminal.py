"""redis-cli at a terminal: its prompt, and the hints that it makes from COMMAND DOCS. One line of JSON per check.

Arguments: the program and its options. The password comes from the environment, as redis-cli reads it.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time
import traceback

WAIT_SECONDS = 15
ERASE_LINE = '\x15'


class Terminal:
    def __init__(self, command):
        self.said = ''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ['TERM'] = 'xterm'
            # Without a width the line editor asks the terminal for it, and waits for an answer.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 50, 200, 0, 0))
            os.execv(command[0], command)

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, pattern):
        """Waits for a text after what was waited for last."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            # Movements of the cursor and colours are left out.
            plain = re.sub(r'\x1b\[[0-9;]*[A-Za-z]', '', self.said)
            found = re.search(pattern, plain)
            if found:
                self.said = ''
                return found
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError(f'no {pattern!r} in {plain[-600:]!r}')
            try:
                self.said += os.read(self.fd, 65536).decode('utf-8', 'replace')
            except OSError:
                raise AssertionError(f'ended without {pattern!r}: {plain[-600:]!r}')

    def run(self, line, pattern):
        """Waits for the next prompt too: what is typed before it is drawn is thrown away."""
        self.type(line + '\r')
        self.until(f'(?s){pattern}.*> $')

    def end(self):
        self.type('quit\r')
        while True:
            try:
                if not os.read(self.fd, 65536):
                    break
            except OSError:
                break
        _pid, status = os.waitpid(self.pid, 0)
        assert status == 0, f'status {status}'


CHECKS = []


def check(name):
    def keep(function):
        CHECKS.append((name, function))
        return function

    return keep


@check('the prompt answers and follows SELECT')
def prompt(terminal):
    terminal.until(r':\d+> $')
    terminal.run('set typed yes', r'OK')
    terminal.run('select 2', r'OK.*:\d+\[2\]')
    terminal.run('select 0', r'OK')


@check('hints come from COMMAND DOCS')
def hints(terminal):
    terminal.type('set ')
    terminal.until(r'set key value \[NX\|XX\]')
    terminal.type('k v ')
    terminal.until(r'\[NX\|XX\] \[GET\]')
    terminal.type(ERASE_LINE)
    # A command that redis-cli of 7.0 does not know by itself: the server told it.
    terminal.type('waitaof ')
    terminal.until(r'waitaof numlocal numreplicas timeout')
    terminal.type(ERASE_LINE)
    terminal.type('client no-touch ')
    terminal.until(r'client no-touch (<ON \| OFF>|ON\|OFF)')
    terminal.type(ERASE_LINE)


@check('HELP shows a command of ours')
def help_text(terminal):
    terminal.run('help waitaof', r'WAITAOF numlocal numreplicas timeout.*summary: .*since: 7\.2\.0.*group: ')
    terminal.run('help @hash', r'HSET key .*since: ')


@check('a transaction is shown in the prompt')
def transaction(terminal):
    terminal.run('multi', r'OK.*\(TX\)')
    terminal.run('incr typed-count', r'QUEUED')
    terminal.run('exec', r'1\) \(integer\) 1')


def main():
    print(json.dumps({'program': sys.argv[1]}))
    terminal = Terminal(sys.argv[1:])
    for name, function in CHECKS:
        begin = time.monotonic()
        why = None
        try:
            function(terminal)
        except Exception:
            why = traceback.format_exc(limit=-2)
        print(json.dumps({'name': f'terminal: {name}', 'why': why, 'ms': round((time.monotonic() - begin) * 1000)}))
    terminal.end()


main()
