/**
 * Statements that were prepared, by id, and those of QUERY by text. One that was prepared for another schema is prepared again when it
 * is used; if it makes no sense any more, the client is told why, which more drivers show than what an attempt to prepare it again says.
 */
import { CqlError } from '../errors.ts';
import type { Prepared } from '../ops/api.ts';
import type { ParsedStatement } from '../parser/ast.ts';
import { StatementCache } from '../parser/index.ts';
import type { Schema } from '../schema/model.ts';
import type { PreparedInfo } from '../system/system-tables.ts';
import type { CacheInfo } from '../system/views-rows.ts';
import { preparedId } from '../wire/index.ts';
import { sessionLimits } from './limits.ts';
import { KeptStatement, LeastRecentlyUsed } from './statement-cache.ts';
import { hasSecret, syntaxError } from './statements.ts';

export interface PreparedCacheModules {
  readonly schema: () => Schema;
  /** @throws CqlError */
  readonly prepare: (parsed: ParsedStatement, schema: Schema, keyspace: string | undefined) => Prepared;
  readonly preparedBytesMax?: number;
  readonly queriesBytesMax?: number;
}

export class PreparedCache {
  private readonly modules: PreparedCacheModules;
  /** By id, as a text of its bytes. */
  private readonly statements: LeastRecentlyUsed;
  /** By keyspace and text. */
  private readonly queries: LeastRecentlyUsed;
  private readonly trees: StatementCache;

  constructor(modules: PreparedCacheModules) {
    const { preparedBytesMax, queriesBytesMax } = { ...sessionLimits, ...modules };
    this.modules = modules;
    this.statements = new LeastRecentlyUsed(preparedBytesMax);
    this.queries = new LeastRecentlyUsed(queriesBytesMax);
    this.trees = new StatementCache(queriesBytesMax);
  }

  /** PREPARE. @throws CqlError */
  prepare(text: string, keyspace: string | undefined): { readonly id: Buffer; readonly kept: KeptStatement } {
    const id = preparedId(keyspace, text);
    const name = id.latin1Slice();
    const known = this.statements.get(name);
    if (known !== undefined) {
      this.renew(name, known, this.statements);
      return { id, kept: known };
    }
    const kept = this.make(text, keyspace);
    this.statements.put(name, kept);
    return { id, kept };
  }

  /** EXECUTE. @throws CqlError `unprepared`, or what is wrong with it by now */
  byId(id: Buffer): KeptStatement {
    const name = id.latin1Slice();
    const kept = this.statements.get(name);
    if (kept === undefined) throw unprepared(id);
    if (kept.schema === this.modules.schema()) return kept;
    try {
      this.renew(name, kept, this.statements);
      return kept;
    } catch (error) {
      this.statements.remove(name);
      throw error;
    }
  }

  /** QUERY. @throws CqlError */
  byText(text: string, keyspace: string | undefined): KeptStatement {
    const name = `${keyspace ?? ''} ${text}`;
    const known = this.queries.get(name);
    if (known !== undefined) {
      this.renew(name, known, this.queries);
      return known;
    }
    const kept = this.make(text, keyspace);
    const isWorthIt =
      isReadOrWrite(kept.parsed) && kept.bytes <= this.queries.bytesMax * sessionLimits.shareMax;
    if (isWorthIt) this.queries.put(name, kept);
    return kept;
  }

  /** For system tables: without those that have a password. */
  listed(): PreparedInfo[] {
    return this.statements
      .values()
      .filter(({ parsed }) => !hasSecret(parsed.statement))
      .map(({ text, keyspace }) => ({ id: preparedId(keyspace, text), keyspace, text }));
  }

  caches(): CacheInfo[] {
    const info = (name: string, cache: LeastRecentlyUsed): CacheInfo => ({
      name,
      capacityBytes: cache.bytesMax,
      bytes: cache.bytes,
      entries: cache.size,
    });
    return [info('prepared_statements', this.statements), info('queries', this.queries)];
  }

  private make(text: string, keyspace: string | undefined): KeptStatement {
    const { schema, prepare } = this.modules;
    const parsed = this.parse(text);
    const now = schema();
    return new KeptStatement(text, keyspace, parsed, now, prepare(parsed, now, keyspace));
  }

  private parse(text: string): ParsedStatement {
    try {
      return this.trees.parse(text);
    } catch (error) {
      throw syntaxError(error);
    }
  }

  private renew(name: string, kept: KeptStatement, cache: LeastRecentlyUsed): void {
    const { schema, prepare } = this.modules;
    const now = schema();
    if (kept.schema === now) return;
    kept.replace(now, prepare(kept.parsed, now, kept.keyspace));
    cache.put(name, kept);
  }
}

/** Others come once. */
function isReadOrWrite({ statement: { kind } }: ParsedStatement): boolean {
  return kind === 'select' || kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'batch';
}

function unprepared(id: Buffer): CqlError {
  const copy = Buffer.from(id);
  return new CqlError(
    'unprepared',
    `Prepared query with ID ${copy.toString('hex')} not found (either the query was not prepared on this host (maybe ` +
      'the host has been restarted?) or you have prepared too many queries and it has been evicted from the internal cache)',
    { kind: 'unprepared', id: copy },
  );
}
