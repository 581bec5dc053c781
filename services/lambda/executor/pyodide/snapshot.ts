/** The memory of a started interpreter, made once by a process of our own before anything of a function's runs, and read by all environments. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { executorLimits } from '../limits.ts';

export interface SnapshotOptions {
  readonly node: string;
  readonly folder: string;
  readonly place: string;
  readonly script: string;
  readonly warn: (sentence: string) => void;
}

const fileName = 'python.snapshot';

export class Snapshot {
  readonly #options: SnapshotOptions;
  #made: Promise<void> | undefined;
  /** Of its file, once it is there. */
  name: string | undefined;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    // Rooms are made around it before it is there. Another version of the package would not know an old one.
    rmSync(options.place, { recursive: true, force: true });
    mkdirSync(options.place, { recursive: true });
    chmodSync(options.place, 0o755);
  }

  /** Makes it at the first call. Without it environments start, more slowly. */
  ready(): Promise<void> {
    this.#made ??= this.#make().catch((error: Error) =>
      this.#options.warn(`Functions of Python start slowly: ${error.message}`),
    );
    return this.#made;
  }

  async #make(): Promise<void> {
    const { place } = this.#options;
    writeFileSync(join(place, fileName), await this.#run(), { mode: 0o644 });
    this.name = fileName;
  }

  #run(): Promise<Buffer> {
    const { node, folder, script } = this.#options;
    // It reads the package and our own files, and what it makes goes through a pipe.
    const readable = [folder, dirname(script), join(dirname(script), '../../bootstrap')];
    const args = ['--permission', ...readable.map((path) => `--allow-fs-read=${path}/`), script, folder];
    return new Promise((resolve, reject) => {
      const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'ignore'], env: {}, cwd: '/' });
      const pieces: Buffer[] = [];
      let bytes = 0;
      const timer = setTimeout(() => child.kill('SIGKILL'), executorLimits.prepareMs);
      child.stdout.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > executorLimits.pythonSnapshotMax) child.kill('SIGKILL');
        else pieces.push(piece);
      });
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        if (code === 0 && bytes > 0) resolve(Buffer.concat(pieces, bytes));
        else reject(new Error(`no snapshot of the interpreter can be made (exit code ${code})`));
      });
    });
  }
}
