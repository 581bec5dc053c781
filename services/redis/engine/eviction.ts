/**
 * Keeps memory under `maxmemory`: before a command runs, keys are removed by the policy until there is room, and a command
 * that needs memory is refused when there is nothing to remove. Like Redis it approximates: a few keys are sampled, and the
 * best candidates of earlier samples are remembered in a pool.
 */
import type { AccessClock } from './access-clock.ts';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { engineLimits } from './limits.ts';

/** `running`: over the limit, but keys can still be removed; commands go on meanwhile. `full`: nothing can be removed. */
export type Room = 'enough' | 'running' | 'full';

interface Candidate {
  readonly db: Database;
  readonly key: string;
  /** Larger goes first. */
  readonly score: number;
}

export class Eviction {
  /** `maxmemory`, 0 for no limit. */
  bytesMax = 0;
  samples = 5;
  /** The last step found nothing to remove: scripts are told before they begin. */
  full = false;
  private readonly engine: Engine;
  private readonly access: AccessClock;
  private policy = 'noeviction';
  private volatileOnly = false;
  /** Sorted by score, the largest last. */
  private pool: Candidate[] = [];
  private nextDatabase = 0;

  constructor(engine: Engine, access: AccessClock) {
    this.engine = engine;
    this.access = access;
    const { config } = engine;
    config.onChange('maxmemory', (value) => {
      this.bytesMax = Number(value);
      engine.limitsMemory = this.bytesMax > 0;
    });
    config.onChange('maxmemory-samples', (value) => {
      this.samples = Number(value);
    });
    config.onChange('maxmemory-policy', (value) => {
      this.policy = value;
      this.volatileOnly = value.startsWith('volatile-');
      access.byFrequency = value.endsWith('-lfu');
      this.pool = [];
    });
    config.onChange('lfu-log-factor', (value) => {
      access.logFactor = Number(value);
    });
    config.onChange('lfu-decay-time', (value) => {
      access.decayMinutes = Number(value);
    });
  }

  /** Makes room if there is a limit. Called before each command and by the cron. */
  run(): Room {
    const { engine, bytesMax } = this;
    this.full = false;
    if (bytesMax === 0 || engine.replaying || engine.expiryPaused) return 'enough';
    for (let evicted = 0; engine.usedMemory() > bytesMax; evicted++) {
      if (evicted === engineLimits.evictionsPerStep) return 'running';
      const victim = this.policy === 'noeviction' ? undefined : this.choose();
      if (victim === undefined) {
        this.full = true;
        return 'full';
      }
      engine.removeByItself(victim.db, victim.key);
      engine.stats.evictedKeys++;
      victim.db.notify('e', 'evicted', victim.key);
    }
    return 'enough';
  }

  private choose(): { readonly db: Database; readonly key: string } | undefined {
    return this.policy.endsWith('-random') ? this.chooseAnyKey() : this.chooseBest();
  }

  /** Databases take turns. */
  private chooseAnyKey(): { readonly db: Database; readonly key: string } | undefined {
    const { databases, modules } = this.engine;
    for (let i = 0; i < databases.length; i++) {
      const db = databases[this.nextDatabase]!;
      this.nextDatabase = (this.nextDatabase + 1) % databases.length;
      const picked = this.pick(db, modules.random());
      if (picked !== undefined) return { db, key: picked };
    }
    return undefined;
  }

  private chooseBest(): Candidate | undefined {
    // A sample that is not empty leaves at least one candidate that is there; each turn of the loop shortens the pool.
    for (;;) {
      let candidates = 0;
      for (const db of this.engine.databases) candidates += this.sample(db);
      if (candidates === 0) return undefined;
      for (let best = this.pool.pop(); best !== undefined; best = this.pool.pop()) {
        const isThere = this.volatileOnly
          ? best.db.expires.get(best.key) > 0
          : best.db.keys.get(best.key) !== undefined;
        if (isThere) return best;
      }
    }
  }

  /** Puts some keys of the database in the pool. @returns how many were looked at */
  private sample(db: Database): number {
    const { random } = this.engine.modules;
    const wanted = Math.min(this.samples, this.volatileOnly ? db.expires.size : db.keys.size);
    for (let i = 0; i < wanted; i++) {
      const key = this.pick(db, random())!;
      const score = this.score(db, key);
      if (this.pool.some((one) => one.key === key && one.db === db)) continue;
      this.insert({ db, key, score });
    }
    return wanted;
  }

  private pick(db: Database, random: number): string | undefined {
    if (this.volatileOnly) return db.expires.pick(random)?.key;
    const picked = db.keys.pick(random);
    return picked?.part.keys[picked.position];
  }

  private score(db: Database, key: string): number {
    if (this.policy === 'volatile-ttl') return -db.expires.get(key);
    const access = db.keys.accessOf(key);
    const { now } = this.engine;
    return this.access.byFrequency
      ? 255 - this.access.frequency(access, now)
      : this.access.idleMs(access, now);
  }

  private insert(candidate: Candidate): void {
    const { pool } = this;
    if (pool.length === engineLimits.evictionPoolSize) {
      if (candidate.score <= pool[0]!.score) return;
      pool.shift();
    }
    let at = pool.length;
    while (at > 0 && pool[at - 1]!.score > candidate.score) at--;
    pool.splice(at, 0, candidate);
  }
}
