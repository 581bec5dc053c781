/** Keyspace notifications: events of keys as messages on two channels, chosen by `notify-keyspace-events`. */
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';

/** What `A` stands for. Misses (`m`) and new keys (`n`) must be asked for. */
const allKinds = 'g$lshzxetd';

export class KeyspaceEvents {
  private readonly engine: Engine;
  private kinds = new Set<string>();
  private byKey = false;
  private byEvent = false;

  constructor(engine: Engine) {
    this.engine = engine;
    engine.config.onChange('notify-keyspace-events', (flags) => {
      this.kinds = new Set(flags.replace('A', allKinds));
      this.byKey = this.kinds.delete('K');
      this.byEvent = this.kinds.delete('E');
      engine.notifies = (this.byKey || this.byEvent) && this.kinds.size > 0;
    });
  }

  notify(db: Database, kind: string, event: string, key: string): void {
    if (!this.kinds.has(kind)) return;
    const { engine } = this;
    // A message must not be ahead of the change it tells of; that a key was missed is no change.
    if (engine.effects.bytes > 0) engine.expose(engine.effects.batch);
    if (this.byKey) engine.pubsub.publish(`__keyspace@${db.index}__:${key}`, event);
    if (this.byEvent) engine.pubsub.publish(`__keyevent@${db.index}__:${event}`, key);
  }
}
