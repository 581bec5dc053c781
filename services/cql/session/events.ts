/** Who is told what: connections that registered for changes of the schema, of the ring or of its nodes. The ring does not change. */
import type { SchemaChange as ModelChange, Schema } from '../schema/model.ts';
import type { EventType, SchemaChange, ServerEvent } from '../wire/index.ts';
import { schemaDifference } from './schema-difference.ts';

export interface EventListener {
  tell(event: ServerEvent): void;
}

export class Events {
  private readonly listeners = new Map<EventType, Set<EventListener>>();

  register(listener: EventListener, types: readonly EventType[]): void {
    for (const type of types) {
      const known = this.listeners.get(type) ?? new Set();
      this.listeners.set(type, known.add(listener));
    }
  }

  forget(listener: EventListener): void {
    for (const known of this.listeners.values()) known.delete(listener);
  }

  schemaChanged(before: Schema, after: Schema): void {
    const listeners = this.listeners.get('SCHEMA_CHANGE');
    if (listeners === undefined || listeners.size === 0) return;
    for (const change of schemaDifference(before, after)) {
      const event: ServerEvent = { type: 'SCHEMA_CHANGE', change: wireChange(change) };
      for (const listener of listeners) listener.tell(event);
    }
  }
}

export function wireChange({
  change,
  target,
  keyspace,
  name = '',
  argumentTypes = [],
}: ModelChange): SchemaChange {
  switch (target) {
    case 'KEYSPACE':
      return { change, target, keyspace };
    case 'TABLE':
    case 'TYPE':
      return { change, target, keyspace, name };
    case 'FUNCTION':
    case 'AGGREGATE':
      return { change, target, keyspace, name, argumentTypes };
  }
}
