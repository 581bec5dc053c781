/** What the checks of PostgreSQL's clients get beside the usual: the default database as its clients name it. */
import { freePort } from '@hypergate/node/sim/ports';
import type { GatewayOptions } from '../lib/gateway.ts';
import { debianBin } from '../lib/postgres-server.ts';
import type { ClientContext } from './context.ts';

export interface PostgresContext extends ClientContext {
  readonly postgresPort: number;
  /** `plain` or `TLS`: part of the names of checks. */
  readonly transport: string;
  /** Environment by which libpq finds the database. */
  readonly libpq: Readonly<Record<string, string>>;
}

export function program(name: string): string {
  return `${debianBin}/${name}`;
}

export async function postgresOptions(
  tls: boolean,
  dataDir: string,
): Promise<{ options: GatewayOptions; postgresPort: number }> {
  const postgresPort = await freePort();
  const env = { HYPERGATE_POSTGRES_PORT: String(postgresPort), HYPERGATE_SERVICES: 'rds,sts' };
  return { options: { tls, dataDir, env }, postgresPort };
}

export function makePostgresContext(context: ClientContext, postgresPort: number): PostgresContext {
  const { caFile } = context;
  return {
    ...context,
    postgresPort,
    transport: caFile === undefined ? 'plain' : 'TLS',
    libpq: {
      ...context.env,
      PGHOST: 'localhost',
      PGPORT: String(postgresPort),
      PGUSER: 'postgres',
      PGPASSWORD: 'postgres',
      PGDATABASE: 'postgres',
      ...(caFile === undefined
        ? { PGSSLMODE: 'disable' }
        : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: caFile }),
    },
  };
}
