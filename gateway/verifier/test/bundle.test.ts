import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundleVerifier, markOf } from '../bundle.ts';
import type * as Verifier from '../index.ts';
import { goldenText, goldenTrustRoot } from './golden/objects.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const bytesMax = 400 * 1024;
const gzipBytesMax = 120 * 1024;
/** Not every place where it runs has them. Browsers, their workers and Node.js share the rest. */
const foreign = [
  ...[
    'Buffer',
    'process',
    'require',
    'module',
    'exports',
    'global',
    '__dirname',
    '__filename',
    'setImmediate',
  ],
  ...['window', 'document', 'self', 'navigator', 'localStorage', 'XMLHttpRequest', 'fetch', 'importScripts'],
];

let folder: string;
let file: string;
let bundle: Bundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hypergate-bundle-'));
  file = join(folder, 'verifier.js');
  bundle = await bundleVerifier();
  await writeFile(file, bundle.code);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('one file', () => {
  test('imports nothing and is small', () => {
    expect(bundle.imports).toEqual([]);
    expect(bundle.bytes).toBeLessThan(bytesMax);
    expect(bundle.gzipBytes).toBeLessThan(gzipBytesMax);
  });

  test('is made of checking code: no node, no database, no server', () => {
    const ours =
      /^(?:gateway\/verifier|services\/[\w-]+\/verify|node\/(?:verifier|proving|hypergraph|crypto))\//;
    // Rows of keys and calls are read by custodians too: by the same code.
    const kms = /^services\/kms\/(?:model\/(?:audit|fields|records|via)|engine\/(?:key-record|specs))\.ts$/;
    // What values, and keys made of them, are is the same where statements are carried out: by the same code.
    const cql =
      /^services\/cql\/(?:errors|types\/[\w-]+|engine\/(?:liveness|format\/flags-v1))\.ts$|^gateway\/kit\/bytes\/format-error\.ts$/;
    const others = /^node_modules\/@noble\/(?:hashes|curves|ciphers)\//;
    const modules = bundle.modules.map((path) => relative(root, path).replaceAll('\\', '/'));
    expect(modules.length).toBeGreaterThan(60);
    expect(modules.filter((path) => ![ours, kms, cql, others].some((one) => one.test(path)))).toEqual([]);
  });

  test('uses no global that only some of browsers, workers and Node.js have', async () => {
    const { code } = await bundleVerifier({ marked: foreign });
    expect(foreign.filter((name) => code.includes(markOf(name)))).toEqual([]);
  });

  test('is the same whenever it is made', async () => {
    expect((await bundleVerifier()).integrity).toBe(bundle.integrity);
  });

  test('keeps the notices of what it contains', () => {
    const [notice] = bundle.code.split('\n');
    expect(notice).toMatch(/^\/\*! .*Apache-2\.0.*noble-hashes.*MIT.* \*\/$/);
  });
});

describe('a planted fault is found', () => {
  const entry = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return bundleVerifier({ entry: path, marked: foreign });
  };

  test('a global', async () => {
    const used = await entry('used.ts', 'export const size = (a: string) => Buffer.byteLength(a);');
    expect(used.code.includes(markOf('Buffer'))).toBe(true);
    const own = 'export class Hash { process(): number { const Buffer = 1; return Buffer; } }';
    expect((await entry('own.ts', own)).code.includes(markOf(''))).toBe(false);
  });

  test('a module of Node.js', async () => {
    const text = "import { readFileSync } from 'node:fs';\nexport const read = () => readFileSync('x');";
    const outcome = await entry('built-in.ts', text).then(
      ({ imports }) => imports,
      (error: unknown) => String(error),
    );
    expect(outcome).toContain('node:fs');
  });
});

describe('it checks proofs', () => {
  test('in Node.js as it is', async () => {
    const { verifyProofDocument, compareFile, ProofRefused } = (await import(
      /* @vite-ignore */ pathToFileURL(file).href
    )) as typeof Verifier;
    const checked = await verifyProofDocument(goldenText('inline.proof'), goldenTrustRoot());
    expect(checked.statement).toBe('"hello" in the bucket "album" has this content');
    expect(await compareFile(checked.content, new Blob(['hello, world\n']))).toEqual({
      same: true,
      bytes: 13,
    });
    await expect(verifyProofDocument(`${goldenText('inline.proof')} `, goldenTrustRoot())).rejects.toThrow(
      ProofRefused,
    );
  });

  test('in a worker thread', async () => {
    const text = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { verifyProofDocument } = await import(workerData.file);
      const { content, ...report } = await verifyProofDocument(workerData.document, workerData.trustRoot);
      parentPort.postMessage(report);
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), {
      workerData: {
        file: pathToFileURL(file).href,
        document: goldenText('absent.proof'),
        trustRoot: goldenTrustRoot(),
      },
    });
    const answer = await new Promise<Verifier.ProofReport>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject);
    });
    await worker.terminate();
    expect(answer.statement).toBe('there is no object "nobody" in the bucket "album"');
  });
});
