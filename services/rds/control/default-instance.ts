/**
 * The instance that is there from the start: `default`, with the database, the user and the password `postgres`. Whoever deletes it
 * has no default instance from then on.
 */
import type { Scope } from '../model/control-tables.ts';
import { noteKey, noteTable } from '../model/control-tables.ts';
import type { ControlContext } from './context.ts';
import { versionOf } from './engines.ts';
import { Input } from './input.ts';
import { createInstance } from './new-instance.ts';
import { findInstance } from './records.ts';
import { defaultSettings } from './settings.ts';

export const defaultInstanceName = 'default';

export interface DefaultInstance {
  /** Unless the instances' own choice is meant. */
  readonly port?: number;
  readonly password?: string;
}

/** Makes it once. @throws InstanceRefusal */
export async function ensureDefault(
  context: ControlContext,
  scope: Scope,
  wanted: DefaultInstance = {},
): Promise<void> {
  const { store, clock } = context;
  const note = `default instance of ${scope.account}/${scope.region}`;
  const key = noteKey(note);
  if ((await store.record(noteTable, key)) !== undefined) return;
  // A crash came between the instance and the note.
  if ((await findInstance(context, scope, defaultInstanceName)) === undefined) {
    await createInstance(
      { ...context, scope, input: new Input({}) },
      {
        name: defaultInstanceName,
        engine: versionOf('postgres', undefined),
        masterUser: 'postgres',
        password: wanted.password ?? 'postgres',
        source: { kind: 'empty' },
        database: undefined,
        port: wanted.port,
        retentionDays: 1,
        base: { ...defaultSettings(scope.region), DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20 },
        tags: [],
      },
    );
  }
  const row = { name: note, ms: clock.now() };
  await store.write({ kind: 'put', domain: store.domain, table: noteTable, key, row });
}
