/** Runs one of PostgreSQL's programs to its end, as the server's user. */
import { spawn } from 'node:child_process';
import { closingDescriptors } from './closed-descriptors.ts';
import type { EngineIdentity } from './identity.ts';
import { commandMsMax, keptOutputBytesMax } from './limits.ts';

export interface CommandResult {
  /** Undefined after a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of the gateway's environment, which may hold secrets, comes to the server's processes. */
export const serverEnvironment: NodeJS.ProcessEnv = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

export function runCommand(
  program: string,
  args: readonly string[],
  options: { readonly identity: EngineIdentity; readonly cwd?: string; readonly input?: string },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [closing, ...rest] = closingDescriptors([program, ...args]);
    const child = spawn(closing, rest, {
      ...options.identity.spawn,
      cwd: options.cwd ?? '/',
      env: serverEnvironment,
      timeout: commandMsMax,
      killSignal: 'SIGKILL',
    });
    const stdout = keptText();
    const stderr = keptText();
    child.stdout.on('data', stdout.add);
    child.stderr.on('data', stderr.add);
    // A program that ended early has said why on stderr.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? undefined, stdout: stdout.text(), stderr: stderr.text() }),
    );
  });
}

/** The last part of what is said, at most `keptOutputBytesMax`. */
export function keptText(): { add(chunk: Buffer): void; text(): string } {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= 2 * keptOutputBytesMax) return;
      chunks = [Buffer.concat(chunks).subarray(-keptOutputBytesMax)];
      size = chunks[0]!.length;
    },
    text: () => Buffer.concat(chunks).subarray(-keptOutputBytesMax).toString('utf8'),
  };
}

const complaints = [
  /\b(?:LOG|FATAL):\s+((?:invalid value|unrecognized configuration|syntax error|\d+ is outside|parameter ).*)/,
  /\b(?:FATAL|ERROR|PANIC|error|fatal):\s+(.*)/,
];

/** The sentence in a program's words that says what is wrong, or the last line. */
export function complaint(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  const found = complaints.flatMap((form) => lines.map((line) => form.exec(line)?.[1])).find(Boolean);
  return (found ?? lines.at(-1) ?? 'no words').trim().slice(0, 500);
}
