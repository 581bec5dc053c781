/**
 * A gateway for a file of tests, and its default database. `HYPERGATE_COMPAT_POSTGRES=PORT` points the suite at another server, to tell
 * a fault of a test from one of ours.
 */
import { freePort } from '@hypergate/node/sim/ports';
import { afterAll, beforeAll } from 'vitest';
import { only, startGateway } from '../../lib/gateway.ts';
import type { Target } from '../../lib/target.ts';

export interface RdsSuite {
  readonly port: number;
  readonly target: Target;
  /** `postgresql://postgres:postgres@127.0.0.1:PORT/postgres` */
  readonly url: string;
}

export function rdsSuite(env: Readonly<Record<string, string>> = {}): RdsSuite {
  const other = process.env.HYPERGATE_COMPAT_POSTGRES;
  let target: Target | undefined;
  let port = Number(other);
  beforeAll(async () => {
    if (other !== undefined) return;
    port = await freePort();
    target = await startGateway({
      env: { HYPERGATE_POSTGRES_PORT: String(port), ...only('rds', 'sts'), ...env },
    });
  });
  afterAll(async () => {
    await target?.stop();
    await target?.dispose();
  });
  return {
    get port() {
      return port;
    },
    get target() {
      if (target === undefined) throw new Error('the suite runs against another server');
      return target;
    },
    get url() {
      return `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`;
    },
  };
}
