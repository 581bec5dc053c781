/**
 * A prover's engine that keeps the sets it was told as plain maps and signs nothing: what stands in them at a frame is what
 * the trees would commit to. `stored` outlives the engine, as the trees' files do.
 */
import { readBulk } from '../changes/bulk.ts';
import { DirtyEntries } from '../changes/dirty-entries.ts';
import type { FrameCut, FrameInfo, FromProver, ProverEngine, ToProver } from '../messages.ts';

export type Sets = Map<string, Map<string, string>>;

export class StoredTrees {
  sets: Sets = new Map();
  last: FrameInfo | undefined;
  emptiedAt = 0;

  copy(): StoredTrees {
    const copy = new StoredTrees();
    copy.sets = new Map([...this.sets].map(([name, set]) => [name, new Map(set)]));
    copy.last = this.last;
    copy.emptiedAt = this.emptiedAt;
    return copy;
  }
}

export class RecordingEngine implements ProverEngine {
  readonly #stored: StoredTrees;
  #sets: Sets;
  #dirty = new DirtyEntries();
  #onMessage: (message: FromProver) => void = () => undefined;
  /** While set, frames are made and not announced. */
  hold = false;
  #held: FrameCut[] = [];
  bulks = 0;
  #building = false;

  constructor(stored: StoredTrees) {
    this.#stored = stored;
    this.#sets = stored.copy().sets;
  }

  listen(onMessage: (message: FromProver) => void): void {
    this.#onMessage = onMessage;
    this.#answer({
      type: 'open',
      last: this.#stored.last,
      nextNumber: (this.#stored.last?.number ?? 0) + 1,
      treesOf: this.#stored.last === undefined ? undefined : { emptiedAt: this.#stored.emptiedAt },
      trustRoot: new Uint8Array(32),
      network: { name: 'recorded', discriminantBits: 256 },
    });
  }

  post(message: ToProver): void {
    switch (message.type) {
      case 'slab':
        this.#dirty.addSlab(message.buffer, message.length);
        this.#answer({ type: 'slab', buffer: message.buffer, dirty: this.#dirty.count });
        break;
      case 'clear':
        this.#sets.clear();
        this.#dirty = new DirtyEntries();
        this.#building = false;
        break;
      case 'bulk': {
        if (!this.#building) this.#sets.clear();
        this.#building = true;
        this.bulks++;
        const set = this.#set(message.domain, message.set);
        for (const { key, revision, dataHash } of readBulk(message.entries)) {
          set.set(hex(key), `${revision} ${hex(dataHash)}`);
        }
        this.#answer({ type: 'bulk' });
        break;
      }
      case 'built':
        if (!this.#building) this.#sets.clear();
        this.#building = false;
        this.#answer({ type: 'bulk' });
        break;
      case 'removals':
        this.#removals();
        break;
      case 'cut':
        this.#cut(message.cut);
        break;
      case 'prove':
        this.#answer({ type: 'stale', id: message.id });
        break;
      case 'close':
        this.#answer({ type: 'closed' });
    }
  }

  release(): void {
    this.hold = false;
    for (const cut of this.#held.splice(0)) this.#announce(cut);
  }

  #cut(cut: FrameCut): void {
    for (const { domain, set, entries } of this.#dirty.trees()) {
      const told = this.#set(domain, set);
      for (const [key, value] of entries) {
        const text = hex(Buffer.from(key, 'latin1'));
        if (value === undefined) told.delete(text);
        else told.set(text, `${value.revision} ${hex(value.dataHash)}`);
      }
    }
    this.#dirty = new DirtyEntries();
    if (this.hold) this.#held.push(cut);
    else this.#announce(cut);
  }

  #announce(cut: FrameCut): void {
    const frame = { ...cut, hash: new Uint8Array(32), changed: 0, shards: 0, iterations: 0, buildMs: 0 };
    setImmediate(() => {
      this.#stored.last = frame;
      this.#stored.emptiedAt = cut.emptiedAt;
      this.#stored.sets = new Map([...this.#sets].map(([name, set]) => [name, new Map(set)]));
      this.#onMessage({ type: 'frame', frame });
    });
  }

  #removals(): void {
    const ids = [...this.#sets].flatMap(([name, set]) => {
      const [domain = '', code] = name.split(' ');
      return code === '1' || code === '3'
        ? [...set.keys()].map((key) => Buffer.from(domain + key, 'hex'))
        : [];
    });
    if (ids.length > 0) this.#answer({ type: 'removals', ids: Buffer.concat(ids) });
    this.#answer({ type: 'removals', ids: new Uint8Array(0) });
  }

  #set(domain: Uint8Array, set: number): Map<string, string> {
    const name = `${hex(domain)} ${set}`;
    let found = this.#sets.get(name);
    if (found === undefined) {
      found = new Map();
      this.#sets.set(name, found);
    }
    return found;
  }

  #answer(message: FromProver): void {
    setImmediate(() => this.#onMessage(message));
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
