/** The peer s3rver (npm, MIT) as a target: compared with in the benchmark, and the proof that the harness itself works. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort } from '@hypergate/node/sim/ports';
import { cleanEnvironment, freshDirectory, launch, type Target } from './target.ts';

export interface S3rverOptions {
  readonly dataDir?: string;
  readonly port?: number;
  readonly onSpawn?: (pid: number) => void;
}

export async function startS3rver(options: S3rverOptions = {}): Promise<Target> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? freshDirectory('s3rver');
  const program = join(
    dirname(createRequire(import.meta.url).resolve('s3rver/package.json')),
    'bin',
    's3rver.js',
  );
  return launch({
    name: 's3rver',
    command: [process.execPath, program, '-d', dataDir, '-p', String(port), '-s', '--no-vhost-buckets'],
    cwd: dirname(program),
    env: cleanEnvironment({}),
    port,
    identity: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', region: 'us-east-1' },
    dataDir,
    scheme: 'http',
    readyTimeoutMs: 60_000,
    ...(options.onSpawn === undefined ? {} : { onSpawn: options.onSpawn }),
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0,
  });
}
