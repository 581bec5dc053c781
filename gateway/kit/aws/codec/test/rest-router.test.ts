import { describe, expect, it } from 'vitest';
import type { ServiceSchemas } from '../../definition.ts';
import { createRestRouter } from '../index.ts';

describe('REST router', () => {
  const operation = (uri: string, input = 'In', method = 'GET') => ({
    method,
    uri,
    status: 200,
    input,
    output: 'In',
    errors: [],
  });
  const member = (location: 'query' | 'header' | 'label', locationName: string) => ({
    shape: 'string',
    location,
    locationName,
    required: true,
  });
  const build = (operations: ServiceSchemas['operations']): ServiceSchemas => ({
    service: 'x',
    sdkVersion: '0',
    operations,
    shapes: {
      In: { type: 'structure', members: {} },
      NeedsId: { type: 'structure', members: { Id: member('query', 'id') } },
    },
  });
  const ask = (
    schemas: ServiceSchemas,
    method: string,
    path: string,
    query: readonly (readonly [string, string])[] = [],
  ) =>
    createRestRouter(schemas)({
      method,
      rawPath: path,
      host: 'h',
      query: new Map(query),
      header: () => undefined,
    });

  it('literal segments go before labels, labels before a greedy one', () => {
    const schemas = build({
      All: operation('/f/{Path+}'),
      One: operation('/f/{Name}'),
      Fixed: operation('/f/settings'),
      Deep: operation('/f/{Name}/code/'),
    });
    expect(ask(schemas, 'GET', '/f/settings')?.operation).toBe('Fixed');
    expect(ask(schemas, 'GET', '/f/a%20b')).toEqual({ operation: 'One', labels: { Name: 'a%20b' } });
    expect(ask(schemas, 'GET', '/f/a/')?.operation).toBe('One');
    expect(ask(schemas, 'GET', '/f/a/code')).toEqual({ operation: 'Deep', labels: { Name: 'a' } });
    expect(ask(schemas, 'GET', '/f/a/b/c')).toEqual({ operation: 'All', labels: { Path: 'a/b/c' } });
    expect(ask(schemas, 'GET', '/g')).toBeUndefined();
    expect(ask(schemas, 'PUT', '/f/a')).toBeUndefined();
    expect(ask(schemas, 'GET', 'f')).toBeUndefined();
  });

  it('required members tell operations of one route apart', () => {
    const schemas = build({ Get: operation('/a', 'NeedsId'), List: operation('/a') });
    expect(ask(schemas, 'GET', '/a', [['id', '1']])?.operation).toBe('Get');
    expect(ask(schemas, 'GET', '/a')?.operation).toBe('List');
  });

  it('operations that cannot be told apart are refused when the router is built', () => {
    expect(() => createRestRouter(build({ A: operation('/{X}'), B: operation('/{Y}') }))).toThrow(
      /discriminator/,
    );
    expect(() => createRestRouter(build({}), { Nothing: 'unrouted' })).toThrow(/no operation/);
  });
});
