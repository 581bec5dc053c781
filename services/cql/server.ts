/** The server's parts put together: what stands between the sockets of clients and the storage. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Attempts, Authorizer, Login, Passwords, prepareFirstRole, Roles } from './auth/index.ts';
import { Connections } from './connection/connections.ts';
import type { LogUnexpected } from './connection/failures.ts';
import type { Storage, WriteClock } from './engine/storage.ts';
import type { Functions } from './functions/api.ts';
import type { SchemaStore } from './ops/schema/schema-store.ts';
import type { TableSchema } from './schema/model.ts';
import {
  type DataStatements,
  Events,
  Executor,
  PreparedCache,
  pagingSeal,
  prepareStatement,
  type StatementModules,
  Tracing,
} from './session/index.ts';
import { clusterName, endpointText, type NodeFacts, partitioner } from './system/node-facts.ts';
import { systemTables } from './system/system-tables.ts';
import { VirtualStorage } from './system/virtual-storage.ts';

export interface CqlServerModules {
  readonly storage: Storage;
  readonly clock: WriteClock;
  readonly schemas: SchemaStore;
  readonly functions: Functions;
  readonly data: DataStatements;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** As they are by now: the port is known once somebody listens. */
  readonly node: () => NodeFacts;
  /** Of the first superuser. */
  readonly password: string | undefined;
  /** Only this machine can connect. */
  readonly isLoopback: boolean;
  /** The same in all gateways over one node, so that pages go on in another one; random unless given. */
  readonly pagingKey?: Uint8Array;
  /** Of views that are filled behind their making; unless given, they are built at once. */
  readonly isViewBuilt?: (view: TableSchema) => boolean;
  readonly logUnexpected: LogUnexpected;
}

export class CqlServer {
  /** With the tables that describe the system. */
  readonly storage: VirtualStorage;
  readonly roles: Roles;
  private readonly modules: CqlServerModules;
  private readonly connections: Connections;
  private readonly passwords: Passwords;
  private readonly statements: PreparedCache;
  private readonly stopListening: () => void;

  constructor(modules: CqlServerModules) {
    const { clock, schemas, functions, data, now, node, logUnexpected } = modules;
    this.modules = modules;
    this.storage = new VirtualStorage(modules.storage, this.tables());
    const { storage } = this;
    const elapsed = () => performance.now();
    this.roles = new Roles({ storage, clock, now, changed: () => authorizer.forget() });
    const authorizer = new Authorizer(this.roles, elapsed);
    this.passwords = new Passwords(elapsed);
    const { roles, passwords } = this;
    const statementModules: StatementModules = {
      data,
      functions,
      schema: {
        schemas,
        grants: roles,
        functions,
        permit: (role, needs) => authorizer.permit(role, needs),
      },
      roles: { roles, authorizer, passwords },
      describe: { endpoint: () => endpointText(node().address) },
    };
    this.statements = new PreparedCache({
      schema: () => schemas.schema,
      prepare: (parsed, schema, keyspace) => prepareStatement(parsed, schema, keyspace, statementModules),
    });
    const events = new Events();
    this.stopListening = schemas.onChange((before, after) => events.schemaChanged(before, after));
    this.connections = new Connections({
      executor: new Executor({
        storage,
        clock,
        now,
        schema: () => schemas.schema,
        paging: pagingSeal(modules.pagingKey ?? randomBytes(32)),
        authorizer,
        statements: this.statements,
        data,
      }),
      statements: this.statements,
      login: new Login({
        roles,
        passwords,
        attempts: new Attempts(elapsed),
        isLoopback: modules.isLoopback,
      }),
      events,
      tracing: new Tracing({
        storage,
        clock,
        now,
        timeUuid: () => functions.clock.timeUuid(),
        node,
        failed: (error) => logUnexpected('trace', error),
      }),
      logUnexpected,
    });
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Before the first connection: there has to be somebody who can log in. */
  async start(): Promise<void> {
    const { roles, passwords } = this;
    await prepareFirstRole({ roles, passwords }, this.modules.password);
  }

  accept(socket: Socket, isEncrypted: boolean): void {
    this.connections.accept(socket, isEncrypted);
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.connections.drain(signal);
  }

  close(): void {
    this.connections.close();
    this.stopListening();
  }

  private tables() {
    const { node, schemas, isViewBuilt = () => true } = this.modules;
    return systemTables({
      node,
      schema: () => schemas.schema,
      isViewBuilt,
      settings: () => ({
        authenticator: 'PasswordAuthenticator',
        authorizer: 'CassandraAuthorizer',
        cluster_name: clusterName,
        native_transport_port: String(node().port),
        partitioner,
        role_manager: 'CassandraRoleManager',
        rpc_address: node().address,
      }),
      clients: () => this.connections.clients(),
      pools: () => [this.connections.pool()],
      caches: () => this.statements.caches(),
      prepared: () => this.statements.listed(),
    });
  }
}
