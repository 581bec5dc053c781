/** A state machine over a plain map of keys and values, fed with encoded batches as a replica is. */
import type { Transaction } from '../../api/index.ts';
import {
  applyBatch,
  atomKey,
  type BatchEffects,
  decodeAtom,
  decodeBatchBody,
  decodeChunkCount,
  decodeUsage,
  encodeBatchBody,
  encodeTransaction,
  OutcomeMemory,
  prefix,
  type StateReader,
  usageKey,
} from '../index.ts';

export class Replica implements StateReader {
  readonly values = new Map<string, Buffer>();
  readonly memory = new OutcomeMemory(12345);
  readonly log: { writer: Uint8Array; body: Buffer }[] = [];

  get position(): number {
    return this.log.length;
  }

  get(key: { readonly text: string }): Buffer | undefined {
    return this.values.get(key.text);
  }

  outcome(id: Uint8Array): ReturnType<OutcomeMemory['find']> {
    return this.memory.find(id);
  }

  hasRemovals(position: number): boolean {
    return this.memory.hasRemovals(position);
  }

  apply(writer: Uint8Array, transactions: readonly Transaction[]): BatchEffects {
    return this.applyBody(writer, encodeBatchBody(transactions.map(encodeTransaction)));
  }

  applyBody(writer: Uint8Array, body: Buffer): BatchEffects {
    this.log.push({ writer, body });
    const effects = applyBatch(this, this.position, { writer, transactions: decodeBatchBody(body) });
    for (const write of effects.writes) {
      if (write.type === 'put') this.values.set(write.text, Buffer.from(write.value));
      else this.values.delete(write.text);
    }
    this.memory.forgetBelow(effects.forgetBelow);
    this.memory.remember(this.position, effects.record);
    return effects;
  }

  atom(domain: Uint8Array, slot: Uint8Array): ReturnType<typeof decodeAtom> | undefined {
    const value = this.get(atomKey(domain, slot));
    return value === undefined ? undefined : decodeAtom(value);
  }

  usage(domain: Uint8Array): { atoms: number; bytes: number; removals: number } | undefined {
    const value = this.get(usageKey(domain));
    return value === undefined ? undefined : decodeUsage(value);
  }

  references(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [text, value] of this.values) {
      if (text.charCodeAt(0) !== prefix.chunkCount) continue;
      counts.set(
        `01${Buffer.from(text.slice(1), 'latin1').toString('hex')}`,
        decodeChunkCount(value).references,
      );
    }
    return counts;
  }

  /** Everything it holds, in key order, as one text. */
  contents(): string {
    const keys = [...this.values.keys()].sort();
    return keys
      .map((key) => `${Buffer.from(key, 'latin1').toString('hex')}=${this.values.get(key)?.toString('hex')}`)
      .join('\n');
  }

  /** Entries of a range in key order, as a store gives them. */
  async *entries({
    gte,
    lt,
    lte,
  }: {
    gte?: Uint8Array;
    lt?: Uint8Array;
    lte?: Uint8Array;
  }): AsyncGenerator<[Buffer, Buffer]> {
    for (const text of [...this.values.keys()].sort()) {
      const key = Buffer.from(text, 'latin1');
      if (gte !== undefined && Buffer.compare(key, gte) < 0) continue;
      if (lt !== undefined && Buffer.compare(key, lt) >= 0) continue;
      if (lte !== undefined && Buffer.compare(key, lte) > 0) continue;
      yield [key, this.values.get(text) as Buffer];
    }
  }
}
