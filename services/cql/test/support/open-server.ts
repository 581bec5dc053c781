/** A server in memory that listens, for tests. */
import { createServer, type Server } from 'node:net';
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { UserFunctions } from '../../functions/user-functions.ts';
import type { ListenedSchema } from '../../ops/schema/listened-schema.ts';
import { memorySchema } from '../../ops/schema/memory-schema.ts';
import { statementFunctions } from '../../ops/terms/functions.ts';
import { CqlServer, type CqlServerModules } from '../../server.ts';
import { dataStatements } from '../../session/data-statements.ts';
import { layoutOf } from '../../store/layouts.ts';
import { JournalClock } from '../../store/write-clock.ts';
import { hostIdOf } from '../../system/node-facts.ts';
import { tokenOf } from '../../types/token.ts';

export interface TestServer {
  readonly server: CqlServer;
  readonly schemas: ListenedSchema;
  readonly port: number;
  /** What nobody expected. */
  readonly unexpected: unknown[];
  close(): Promise<void>;
}

export type TestServerOptions = Partial<
  Pick<CqlServerModules, 'password' | 'isLoopback' | 'data' | 'now'> & { readonly user: UserFunctions }
>;

export function memoryStorage(schemas: ListenedSchema): MemoryStorage {
  return new MemoryStorage({
    layoutOf: (id) => {
      for (const keyspace of schemas.schema.keyspaces.values())
        for (const table of keyspace.tables.values()) if (table.id === id) return layoutOf(table);
      return undefined;
    },
    tokenOf,
  });
}

export async function openServer(options: TestServerOptions = {}): Promise<TestServer> {
  const schemas = memorySchema();
  const unexpected: unknown[] = [];
  let port = 0;
  const { user, ...more } = options;
  const server = new CqlServer({
    storage: memoryStorage(schemas),
    clock: new JournalClock(() => Date.now(), 0n),
    schemas,
    functions: statementFunctions(user === undefined ? {} : { user }),
    data: dataStatements(),
    now: () => Date.now(),
    node: () => ({ hostId: hostIdOf('test'), address: '127.0.0.1', port, startedAt: 1 }),
    password: undefined,
    isLoopback: true,
    logUnexpected: (_reference, error) => void unexpected.push(error),
    ...more,
  });
  await server.start();
  const listening: Server = createServer({ pauseOnConnect: true }, (socket) => server.accept(socket, false));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  port = address.port;
  const close = async () => {
    server.close();
    await new Promise<void>((resolve) => listening.close(() => resolve()));
  };
  return { server, schemas, port, unexpected, close };
}
