/** Runs a client program to its end and collects what it printed. */
import { spawn } from 'node:child_process';

export interface RunResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: Buffer;
  /** Ends the program after this long; the run then counts as failed. */
  readonly timeoutMs?: number;
}

const outputBytesMax = 256 * 1024 * 1024;

export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 300_000);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    const keep = (pieces: Buffer[]) => (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= outputBytesMax) pieces.push(piece);
    };
    child.stdout.on('data', keep(out));
    child.stderr.on('data', keep(err));
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() });
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.once('error', () => undefined);
    child.stdin.end(options.input);
  });
}

/** As `run`; throws with the program's own words when it fails. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    const words = `${result.stderr}\n${result.stdout.toString('utf8', 0, 2000)}`.trim();
    throw new Error(`${command} ${args.join(' ')} ended with ${result.code}: ${words.slice(0, 3000)}`);
  }
  return result;
}
