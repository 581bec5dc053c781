import { expect, it } from 'vitest';
import { keySchemes } from '../../../api/index.ts';
import { protocolHandlers } from '../handlers.ts';
import { schemeRows } from '../schemes.ts';

it('has one row for every scheme', () => {
  expect(schemeRows.map(({ scheme }) => scheme).sort()).toEqual([...keySchemes].sort());
});

it('has one handler for every kind of request', () => {
  const kinds = protocolHandlers.map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
  expect(kinds).toContain('key.erase');
});
