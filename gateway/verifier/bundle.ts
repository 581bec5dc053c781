/**
 * Makes the verifier one self-contained ES module: for browsers, their workers and Node.js. Deterministic: the same sources
 * give the same bytes, so that whoever serves them can be checked (`integrity` of a script, SHA-384).
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type OutputChunk, rolldown } from 'rolldown';

export interface Bundle {
  readonly code: string;
  /** Files that it is made of. */
  readonly modules: readonly string[];
  /** What it still imports: nothing. */
  readonly imports: readonly string[];
  readonly bytes: number;
  readonly gzipBytes: number;
  /** As an `integrity` attribute has it. */
  readonly integrity: string;
}

export interface BundleOptions {
  readonly entry?: string;
  /** Global names that are written in another way in the bundle, to find out whether it uses them. */
  readonly marked?: readonly string[];
}

const banner =
  '/*! Hypergate proof verifier, Apache-2.0. With noble-hashes, -curves and -ciphers, MIT, (c) Paul Miller. */';
const index = fileURLToPath(new URL('index.ts', import.meta.url));

/** Before a marked name. */
export const markOf = (name: string): string => `hypergate_marked_${name}`;

export async function bundleVerifier({ entry = index, marked = [] }: BundleOptions = {}): Promise<Bundle> {
  await using build = await rolldown({
    input: entry,
    platform: 'browser',
    // No module of ours or of noble's does anything but define: what nobody uses can go.
    treeshake: { moduleSideEffects: false },
    transform: { define: Object.fromEntries(marked.map((name) => [name, markOf(name)])) },
    onLog: (_level, log) => {
      throw new Error(`the bundler says: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: 'es', minify: true, codeSplitting: false, banner });
  const [chunk, ...more] = output as [OutputChunk, ...unknown[]];
  if (more.length > 0) throw new Error('the bundle is more than one file');
  const bytes = Buffer.from(chunk.code);
  return {
    code: chunk.code,
    modules: chunk.moduleIds,
    imports: [...chunk.imports, ...chunk.dynamicImports],
    bytes: bytes.length,
    gzipBytes: gzipSync(bytes, { level: 9 }).length,
    integrity: `sha384-${createHash('sha384').update(bytes).digest('base64')}`,
  };
}
