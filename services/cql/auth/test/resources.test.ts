import { expect, test } from 'vitest';
import {
  type AuthResource,
  permissionsFor,
  resourceChain,
  resourceName,
  resourceNamed,
  resourceText,
} from '../resources.ts';

const all: readonly (readonly [AuthResource, name: string, text: string])[] = [
  [{ kind: 'all-keyspaces' }, 'data', '<all keyspaces>'],
  [{ kind: 'keyspace', keyspace: 'k' }, 'data/k', '<keyspace k>'],
  [{ kind: 'all-tables', keyspace: 'k' }, 'data/k/*', '<all tables in k>'],
  [{ kind: 'table', keyspace: 'k', table: 't' }, 'data/k/t', '<table k.t>'],
  [{ kind: 'all-roles' }, 'roles', '<all roles>'],
  [{ kind: 'role', role: 'a/b' }, 'roles/a/b', '<role a/b>'],
  [{ kind: 'all-functions' }, 'functions', '<all functions>'],
  [{ kind: 'keyspace-functions', keyspace: 'k' }, 'functions/k', '<all functions in k>'],
  [
    { kind: 'function', keyspace: 'k', name: 'f', argumentTypes: ['int', 'map<int, text>'] },
    'functions/k/f[int^map<int, text>]',
    '<function k.f(int, map<int, text>)>',
  ],
  [{ kind: 'function', keyspace: 'k', name: 'f', argumentTypes: [] }, 'functions/k/f[]', '<function k.f()>'],
  [{ kind: 'all-mbeans' }, 'mbean', '<all mbeans>'],
  [{ kind: 'mbean', name: 'a:b=*' }, 'mbean/a:b=*', '<mbean a:b=*>'],
];

test.each(all)('%o has a name, from which it is read again, and a text', (resource, name, text) => {
  expect(resourceName(resource)).toBe(name);
  expect(resourceNamed(name)).toEqual(resource);
  expect(resourceText(resource)).toBe(text);
});

test('what one may with the whole one may with its parts', () => {
  const chain = (resource: AuthResource) => resourceChain(resource).map(resourceName);
  expect(chain({ kind: 'table', keyspace: 'k', table: 't' })).toEqual([
    'data/k/t',
    'data/k/*',
    'data/k',
    'data',
  ]);
  expect(chain({ kind: 'function', keyspace: 'k', name: 'f', argumentTypes: [] })).toEqual([
    'functions/k/f[]',
    'functions/k',
    'functions',
  ]);
  expect(chain({ kind: 'role', role: 'r' })).toEqual(['roles/r', 'roles']);
});

test('nobody makes tables within a table', () => {
  expect(permissionsFor({ kind: 'table', keyspace: 'k', table: 't' })).not.toContain('CREATE');
  expect(permissionsFor({ kind: 'keyspace', keyspace: 'k' })).toContain('CREATE');
});

test('names of something else are nothing', () => expect(resourceNamed('other/x')).toBeUndefined());
