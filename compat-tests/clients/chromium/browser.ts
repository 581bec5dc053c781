/** Debian's Chromium without a window, in a process and a profile of its own; it reaches nothing but loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { cleanEnvironment, freshDirectory } from '../../lib/target.ts';
import { DevTools } from './devtools.ts';
import { Page } from './page.ts';

const programs = ['/usr/lib/chromium/chromium-headless-shell', '/usr/bin/chromium'] as const;

/** The one that is there, else the one that install.sh brings: the program itself, since the script before it passes no signals on. */
export const chromiumProgram: string = programs.find((path) => existsSync(path)) ?? programs[0];

/** Leads to this machine, and is no secure origin as 127.0.0.1 is one. */
export const plainHost = 'plain.test';

const flags = [
  '--headless',
  // What it loads is ours and comes from loopback; containers often have nothing to build its sandbox with.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-extensions',
  '--disable-sync',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-proxy-server',
  '--mute-audio',
  `--host-resolver-rules=MAP ${plainHost} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
  '--remote-debugging-pipe',
];

const closeMsMax = 10_000;
const outputBytesMax = 64 * 1024;

export interface Browser {
  readonly version: string;
  open(url: string): Promise<Page>;
  /** Ends the process and removes its profile. */
  close(): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  const profile = freshDirectory('chromium');
  const child = spawn(chromiumProgram, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    env: cleanEnvironment({ HOME: profile, TMPDIR: profile, XDG_CONFIG_HOME: join(profile, 'config') }),
    // 3 and 4 are the pipes. When this process ends, however it does, they end and the browser with them.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  let output = '';
  (child.stdio[2] as Readable).setEncoding('utf8').on('data', (piece: string) => {
    output = (output + piece).slice(-outputBytesMax);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()).once('error', () => resolve());
  });
  const devtools = new DevTools(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const close = async () => {
    await end(child, devtools, exited);
    // Its helpers may write for a moment longer.
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const { product } = await devtools.call('Browser.getVersion');
    return { version: String(product), open: (url) => Page.open(devtools, url), close };
  } catch (error) {
    await close();
    throw new Error(`Chromium does not start: ${String(error)}\n${output}`, { cause: error });
  }
}

async function end(child: ChildProcess, devtools: DevTools, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const late = setTimeout(() => child.kill('SIGKILL'), closeMsMax);
  // It may be gone before it can answer; what counts is the end of the process.
  devtools.call('Browser.close').catch(() => undefined);
  await exited;
  clearTimeout(late);
}
