import { expect, it } from 'vitest';
import { keySchemes } from '../../../api/index.ts';
import { protocolHandlers } from '../handlers.ts';
import { schemeRows } from '../schemes.ts';

it('has one row for every scheme', () => {
  expect(schemeRows.map(({ scheme }) => scheme).sort()).toEqual([...keySchemes].sort());
});

it('asks for 2t + 1 custodians where shares are multiplied, for three that garble and evaluate, else for t + 1', () => {
  const members = Array.from({ length: 7 }, (_, at) => {
    const key = new Uint8Array(32);
    return { index: at + 1, key, sealingKey: key };
  });
  const committee = { epoch: 0, threshold: 2, members };
  const needs = Object.groupBy(schemeRows, (row) => row.needs(committee));
  expect(needs[5]!.map(({ scheme }) => scheme.split('-')[0])).toEqual(Array(4).fill('ecdsa'));
  expect(needs[3]!.filter(({ use }) => use === 'mac')).toHaveLength(4);
  expect(needs[5]!.length + needs[3]!.length).toBe(schemeRows.length);
});

it('has one handler for every kind of request', () => {
  const kinds = protocolHandlers.map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
  expect(kinds).toContain('key.erase');
});
