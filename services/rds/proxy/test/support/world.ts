/** An engine, the proxy's process, and a listener that gives it its sockets; for one file's tests. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import {
  type PlainEngine,
  type PlainEngineOptions,
  startPlainEngine,
} from '../../../test/support/plain-engine.ts';
import { type ProxyHandlers, ProxyProcess, type Route, type TokenUse } from '../../proxy-process.ts';
import { selfSigned } from './certificate.ts';

export const instance = 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export interface World {
  readonly engine: PlainEngine;
  readonly proxy: ProxyProcess;
  readonly port: number;
  readonly route: Route;
  readonly handlers: Mutable<ProxyHandlers>;
  /** Reports of `connections`, newest last. */
  readonly usage: { readonly count: number; readonly activeMs: number }[];
  readonly tokens: TokenUse[];
  readonly logged: string[];
  /** Through the proxy; whoever opens it ends it. */
  connect(config?: ClientConfig): Promise<Client>;
  /** The superuser's, straight at the engine. */
  readonly admin: Client;
  close(): Promise<void>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export const user = 'app';
export const password = 'correct horse';

export async function openWorld(
  options: PlainEngineOptions & {
    /** Somebody else's, who ends it. */
    readonly engine?: PlainEngine;
    /** Connections come with their instance, unless it says no. */
    readonly hasPort?: boolean;
    readonly route?: Partial<Route>;
  } = {},
): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const engine = options.engine ?? (await startPlainEngine(options));
  if (options.engine === undefined) opened.defer(() => engine.remove());
  const admin = await engine.connect();
  opened.defer(() => admin.end());
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [user]);
  if (rowCount === 0) {
    await admin.query(`create role ${user} login password '${password}'`);
    await admin.query(`grant all on schema public to ${user}`);
  }
  const usage: World['usage'] = [];
  const tokens: TokenUse[] = [];
  const logged: string[] = [];
  const handlers: Mutable<ProxyHandlers> = {
    wake: () => Promise.reject(new Error('the instance is stopped')),
    find: () => undefined,
    certified: () => Promise.resolve(),
    verifyToken: async (use) => {
      tokens.push(use);
      return use.token === 'a token';
    },
    connections: (_, count, activeMs) => usage.push({ count, activeMs }),
    log: (text) => logged.push(text),
    ended: () => undefined,
  };
  const proxy = await ProxyProcess.start({ tls: selfSigned(), secret: Buffer.alloc(32, 7) }, handlers);
  opened.defer(() => proxy.close(5000));
  const { socketDir, port: enginePort } = engine;
  const route: Route = {
    instance,
    major: 15,
    socketDir,
    port: enginePort,
    adminPassword: 'not asked for',
    connectionsMax: 50,
    iam: false,
    ...options.route,
  };
  proxy.setRoute(route);
  const named = options.hasPort === false ? undefined : instance;
  const server = createServer({ pauseOnConnect: true }, (socket: Socket) => proxy.accept(socket, named));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.defer(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  const connect = async (config: ClientConfig = {}): Promise<Client> => {
    const client = new Client({ host: '127.0.0.1', port, user, password, database: 'postgres', ...config });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const closing = opened.move();
  return {
    engine,
    proxy,
    port,
    route,
    handlers,
    usage,
    tokens,
    logged,
    connect,
    admin,
    close: () => closing.disposeAsync(),
  };
}
