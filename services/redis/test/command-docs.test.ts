import { describe, expect, it } from 'vitest';
import type { CommandRow } from '../engine/command.ts';
import { argumentsOf } from '../engine/command-docs.ts';
import { parseSyntax } from '../engine/command-syntax.ts';
import { commands } from '../ops/index.ts';

describe('the notation of the manual', () => {
  it('has values, which may repeat', () => {
    expect(parseSyntax('key value [value ...]')).toEqual([
      { name: 'key', type: 'key' },
      { name: 'value', type: 'string', multiple: true },
    ]);
  });

  it('has groups that repeat', () => {
    expect(parseSyntax('field value [field value ...]')).toEqual([
      {
        name: 'field_value',
        type: 'block',
        multiple: true,
        arguments: [
          { name: 'field', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
    ]);
  });

  it('has tokens alone, with one value, with several, and repeated', () => {
    expect(parseSyntax('[REV] [EX seconds] [LIMIT offset count] [GET pattern [GET pattern ...]]')).toEqual([
      { name: 'rev', type: 'pure-token', token: 'REV', optional: true },
      { name: 'seconds', type: 'integer', token: 'EX', optional: true },
      {
        name: 'offset_count',
        type: 'block',
        token: 'LIMIT',
        optional: true,
        arguments: [
          { name: 'offset', type: 'integer' },
          { name: 'count', type: 'integer' },
        ],
      },
      { name: 'pattern', type: 'pattern', token: 'GET', optional: true, multiple: true, multipleToken: true },
    ]);
  });

  it('has alternatives, also at the top', () => {
    const either = [
      {
        name: 'auto_or_id',
        type: 'oneof',
        arguments: [
          { name: 'auto', type: 'pure-token', token: '*' },
          { name: 'id', type: 'string' },
        ],
      },
    ];
    expect(parseSyntax('<* | id>')).toEqual(either);
    expect(parseSyntax('* | id')).toEqual(either);
  });

  it.each(['key ]', '[key', '<a | b', 'a > b'])('refuses %s', (syntax) => {
    expect(() => parseSyntax(syntax)).toThrow();
  });
});

describe('rows', () => {
  const rows: [string, CommandRow][] = commands.flatMap((row) => [
    [row.name, row] as [string, CommandRow],
    ...(row.subcommands ?? []).map((sub) => [`${row.name}|${sub.name}`, sub] as [string, CommandRow]),
  ]);

  it.each(rows)('%s: the syntax is in the notation', (_name, row) => {
    expect(() => argumentsOf(row)).not.toThrow();
  });

  it.each(rows)('%s: a sentence says what it does', (_name, row) => {
    expect(row.summary).toMatch(/^[A-Z].*\.$/);
  });
});
