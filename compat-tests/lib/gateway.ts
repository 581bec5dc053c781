/**
 * Starts the gateway as its users do - `hypergate.mjs start` in a process of its own - on free ports and a fresh data
 * directory, and waits for `/_hypergate/health/ready`.
 */
import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { freePort } from '@hypergate/node/sim/ports';
import { startS3rver } from './s3rver.ts';
import { cleanEnvironment, freshDirectory, type LaunchPlan, launch, type Target } from './target.ts';

export interface GatewayOptions {
  /** Kept and used again when given; else a fresh one under the system's temporary directory. */
  readonly dataDir?: string;
  /** Speaks TLS with its own self-signed certificate; `ca` of the target holds it. */
  readonly tls?: boolean;
  /** Processes that hold the keys of KMS: as many as users get, but none under vitest, where a suite asks for those it needs. */
  readonly custodians?: number;
  /** Further `HYPERGATE_*` variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly readyTimeoutMs?: number;
  /** Leads a process group of its own. */
  readonly ownGroup?: boolean;
  /** Told the process id as soon as it exists, long before it is ready. */
  readonly onSpawn?: (pid: number) => void;
}

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Credentials that the gateway takes while it listens on loopback only. */
export const defaultIdentity = { accessKeyId: 'test', secretAccessKey: 'test', region: 'us-east-1' } as const;

/** Settings of a gateway on which nothing else is asked for: with all services a start takes twice as long. */
export const only = (...services: string[]) => ({ HYPERGATE_SERVICES: services.join(',') }) as const;

const attemptsMax = 3;

/**
 * Frames are signed and proofs given as always, without the delay function: it takes a start and its first frames more CPU than
 * all else together. Suites that are about proofs set it again (`quickFrames`); kill loops and benchmarks run as users do.
 */
const cheapProofs = { HYPERGATE_VDF_SHARE: '0' };
/** They take a start a second of CPU, and only KMS needs them. */
const noCustodians = { HYPERGATE_CUSTODIANS: '0' };
const isUnderTest = process.env.VITEST !== undefined;

/** A ready gateway. A free port can be taken by another process between its choice and its use: then it tries again. */
export async function startGateway(options: GatewayOptions = {}): Promise<Target> {
  // The harness can be pointed at the peer to tell a fault of the harness from one of the gateway.
  if (process.env.HYPERGATE_COMPAT_TARGET === 's3rver') return startS3rver(options);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (
        attempt === attemptsMax ||
        options.port !== undefined ||
        !/EADDRINUSE|in use|busy/i.test(String(error))
      )
        throw error;
    }
  }
}

async function startOnce(options: GatewayOptions): Promise<Target> {
  const port = options.port ?? (await freePort());
  const adminPort = await freePort();
  const dataDir = options.dataDir ?? freshDirectory('gateway');
  const scheme = options.tls === true ? 'https' : 'http';
  const command = [process.execPath, join(repositoryRoot, 'gateway', 'server', 'hypergate.mjs'), 'start'];
  command.push('--port', String(port), '--data-dir', dataDir);
  if (options.tls === true) command.push('--tls');
  const plan: LaunchPlan = {
    name: 'hypergate',
    command,
    cwd: repositoryRoot,
    env: cleanEnvironment({
      HYPERGATE_ADMIN_PORT: String(adminPort),
      HYPERGATE_LOG_LEVEL: 'warn',
      HYPERGATE_REDIS_PORT: '0',
      HYPERGATE_POSTGRES_PORT: '0',
      HYPERGATE_RDS_PORTS: '0',
      ...(isUnderTest ? { ...cheapProofs, ...noCustodians } : {}),
      ...(options.custodians === undefined ? {} : { HYPERGATE_CUSTODIANS: String(options.custodians) }),
      ...options.env,
    }),
    port,
    identity: defaultIdentity,
    dataDir,
    scheme,
    readyTimeoutMs: options.readyTimeoutMs ?? 150_000,
    ...(options.ownGroup === undefined ? {} : { ownGroup: options.ownGroup }),
    ...(options.onSpawn === undefined ? {} : { onSpawn: options.onSpawn }),
    isReady: async () => isHealthy(port, options.tls === true ? await readPeerCertificate(port) : undefined),
    ...(options.tls === true ? { readCa: () => readPeerCertificate(port) } : {}),
  };
  try {
    return await launch(plan);
  } catch (error) {
    // What it printed is in the error. A folder that the caller gave stays as it is.
    if (options.dataDir === undefined) {
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(`${dataDir}.log`, { force: true });
    }
    throw error;
  }
}

function isHealthy(port: number, ca: string | undefined): Promise<boolean> {
  const where = { host: '127.0.0.1', port, path: '/_hypergate/health/ready', agent: false } as const;
  return new Promise((resolve, reject) => {
    const call = ca === undefined ? request(where) : requestTls({ ...where, ca });
    call.once('response', (reply) => {
      reply.resume();
      reply.once('end', () => resolve(reply.statusCode === 200));
      reply.once('error', reject);
    });
    call.once('error', reject);
    call.end();
  });
}

/** The certificate that the server shows, as PEM: what a user would copy into a bundle of trusted certificates. */
function readPeerCertificate(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // Nothing is sent over this connection: it only fetches the certificate that later connections check against.
    const socket = connect(
      { host: '127.0.0.1', port, rejectUnauthorized: false, servername: 'localhost' },
      () => {
        const certificate = socket.getPeerX509Certificate();
        socket.end();
        if (certificate === undefined) reject(new Error('the server showed no certificate'));
        else resolve(certificate.toString());
      },
    );
    socket.once('error', reject);
  });
}
