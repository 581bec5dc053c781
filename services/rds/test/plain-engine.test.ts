import { expect, it } from 'vitest';
import { startPlainEngine } from './support/plain-engine.ts';

it.each([15, 16, 17, 18] as const)(
  'the programs of PostgreSQL %i run without their install script',
  async (major) => {
    const engine = await startPlainEngine({ major });
    try {
      const client = await engine.connect();
      const { rows } = await client.query<{ server_version: string }>('show server_version');
      expect(rows[0]?.server_version.startsWith(`${major}.`)).toBe(true);
      await client.end();
    } finally {
      await engine.remove();
    }
  },
);
