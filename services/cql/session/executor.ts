/** Requests of one session to results: statements found or prepared, permissions checked, executed. */

import type { Authorizer } from '../auth/authorizer.ts';
import { isPromise } from '../engine/soon.ts';
import type { Soon, Storage, WriteClock } from '../engine/storage.ts';
import { invalid } from '../errors.ts';
import { asStatement } from '../functions/statement-work.ts';
import type { Caller, Executing, Need, PagingSeal, Prepared, QueryOptions, Result } from '../ops/api.ts';
import type { Schema } from '../schema/model.ts';
import type {
  BatchRequest,
  ExecuteRequest,
  QueryRequest,
  BatchKind as WireBatchKind,
} from '../wire/index.ts';
import { boundValues, optionsOf } from './bind.ts';
import type { PreparedCache } from './prepared-cache.ts';
import type { KeptStatement } from './statement-cache.ts';
import type { BatchKind, BoundStatement, DataStatements } from './statements.ts';
import type { Trace } from './tracing.ts';

/** Of one connection that has logged in. */
export interface Session {
  readonly role: string;
  /** Of USE. */
  keyspace: string | undefined;
}

export interface ExecutorModules {
  readonly storage: Storage;
  readonly clock: WriteClock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly schema: () => Schema;
  readonly paging: PagingSeal;
  readonly authorizer: Authorizer;
  readonly statements: PreparedCache;
  readonly data: DataStatements;
}

/** What a request came to; what was told on the way is in `warnings` of the request. */
export interface Answered {
  readonly result: Result;
  /** Undefined for a batch. */
  readonly kept: KeptStatement | undefined;
}

/** One request: where warnings and traces are gathered. */
export interface Asked {
  readonly session: Session;
  warnings: string[] | undefined;
  readonly trace: Trace | undefined;
}

const batchKinds: Readonly<Record<WireBatchKind, BatchKind>> = {
  LOGGED: 'logged',
  UNLOGGED: 'unlogged',
  COUNTER: 'counter',
};

class RequestExecuting implements Executing {
  readonly caller: Caller;
  readonly keyspace: string | undefined;
  // These are called as bare functions as well.
  readonly now: () => number;
  readonly schema: () => Schema;
  readonly warn: (text: string) => void;
  private readonly modules: ExecutorModules;

  constructor(modules: ExecutorModules, asked: Asked, caller: Caller, keyspace: string | undefined) {
    this.modules = modules;
    this.caller = caller;
    this.keyspace = keyspace;
    this.now = modules.now;
    this.schema = modules.schema;
    this.warn = (text) => {
      asked.warnings ??= [];
      asked.warnings.push(text);
    };
  }

  get storage(): Storage {
    return this.modules.storage;
  }

  get clock(): WriteClock {
    return this.modules.clock;
  }

  get paging(): PagingSeal {
    return this.modules.paging;
  }
}

export class Executor {
  private readonly modules: ExecutorModules;

  constructor(modules: ExecutorModules) {
    this.modules = modules;
  }

  query({ query, parameters }: QueryRequest, asked: Asked): Soon<Answered> {
    const keyspace = parameters.keyspace ?? asked.session.keyspace;
    asked.trace?.note('Parsing and preparing the statement');
    const kept = this.modules.statements.byText(query, keyspace);
    return this.run(kept, optionsOf(parameters, kept.prepared.variables), keyspace, asked);
  }

  execute({ id, parameters }: ExecuteRequest, asked: Asked): Soon<Answered> {
    const kept = this.modules.statements.byId(id);
    const keyspace = parameters.keyspace ?? kept.keyspace ?? asked.session.keyspace;
    return this.run(kept, optionsOf(parameters, kept.prepared.variables), keyspace, asked);
  }

  batch({ batchKind, items, parameters }: BatchRequest, asked: Asked): Soon<Answered> {
    const { statements, data } = this.modules;
    const keyspace = parameters.keyspace ?? asked.session.keyspace;
    const bound = items.map(({ statement, values }): BoundStatement => {
      const kept =
        typeof statement === 'string' ? statements.byText(statement, keyspace) : statements.byId(statement);
      const { prepared } = checkModification(kept);
      const { length } = prepared.variables;
      if (length !== values.length)
        throw invalid(`There were ${length} markers(?) in CQL but ${values.length} bound variables`);
      return { prepared, values: boundValues(values) };
    });
    const batch = data.batchMessage(batchKinds[batchKind], bound);
    const options = optionsOf(parameters, batch.variables);
    const needs = [...new Set([batch, ...bound.map(({ prepared }) => prepared)])];
    const permitted = this.permitAll(needs, asked.session.role);
    asked.trace?.note(`Executing a batch of ${items.length} statements`);
    const result = isPromise(permitted)
      ? permitted.then((caller) => this.start(batch, options, caller, keyspace, asked))
      : this.start(batch, options, permitted, keyspace, asked);
    return answered(result, undefined, asked);
  }

  private run(
    kept: KeptStatement,
    options: QueryOptions,
    keyspace: string | undefined,
    asked: Asked,
  ): Soon<Answered> {
    const { prepared } = kept;
    const permitted = this.modules.authorizer.permit(asked.session.role, prepared.needs);
    asked.trace?.note('Executing the statement');
    const result = isPromise(permitted)
      ? permitted.then((caller) => this.start(prepared, options, caller, keyspace, asked))
      : this.start(prepared, options, permitted, keyspace, asked);
    return answered(result, kept, asked);
  }

  private start(
    prepared: Prepared,
    options: QueryOptions,
    caller: Caller,
    keyspace: string | undefined,
    asked: Asked,
  ): Soon<Result> {
    const executing = new RequestExecuting(this.modules, asked, caller, keyspace);
    if (!callsFunctions(prepared.needs)) return prepared.execute(options, executing);
    return asStatement(() => prepared.execute(options, executing));
  }

  /** Nothing is executed before all of it is permitted. */
  private permitAll(statements: readonly Prepared[], role: string): Soon<Caller> {
    const { authorizer } = this.modules;
    let last: Soon<Caller> | undefined;
    for (const [at, { needs }] of statements.entries()) {
      last = authorizer.permit(role, needs);
      const rest = statements.slice(at + 1);
      if (isPromise(last))
        return last.then((caller) => (rest.length === 0 ? caller : this.permitAll(rest, role)));
    }
    return last!;
  }
}

/** Functions of users, whose work is limited. */
function callsFunctions(needs: readonly Need[]): boolean {
  for (const { permission, resource } of needs)
    if (permission === 'EXECUTE' && resource.kind === 'function') return true;
  return false;
}

function checkModification(kept: KeptStatement): KeptStatement {
  const { kind } = kept.parsed.statement;
  if (kind === 'insert' || kind === 'insertJson' || kind === 'update' || kind === 'delete') return kept;
  throw invalid('Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.');
}

function answered(result: Soon<Result>, kept: KeptStatement | undefined, { session }: Asked): Soon<Answered> {
  if (isPromise(result)) return result.then((each) => settled(each, kept, session));
  return settled(result, kept, session);
}

function settled(result: Result, kept: KeptStatement | undefined, session: Session): Answered {
  if (result.kind === 'set-keyspace') session.keyspace = result.keyspace;
  return { result, kept };
}
