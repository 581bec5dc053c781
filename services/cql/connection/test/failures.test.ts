import { NodeError } from '@hypergate/node/api';
import { expect, test } from 'vitest';
import { MarshalError } from '../../types/marshal-error.ts';
import { clientError } from '../failures.ts';

const told = (error: unknown) => {
  const logged: unknown[] = [];
  const { code, message } = clientError(error, (_reference, each) => logged.push(each));
  return { code, message, logged };
};

test('of a full disk clients are told so, and there is no line in the log each time', () => {
  const { code, message, logged } = told(new NodeError('storage-full', 'the disk is nearly full'));
  expect(code).toBe('invalid');
  expect(message).toMatch(/^Write request failed because disk usage exceeds failure threshold/);
  expect(logged).toEqual([]);
});

test('a node that has too much to do is overloaded', () => {
  expect(told(new NodeError('overloaded', 'x'))).toMatchObject({ code: 'overloaded', logged: [] });
});

test('a value that is none of its type is invalid', () => {
  expect(told(new MarshalError('not so'))).toMatchObject({ code: 'invalid', message: 'not so', logged: [] });
});

test('what nobody expected is logged, and its words are not told', () => {
  for (const error of [new Error('secret'), new NodeError('corrupt', 'secret')]) {
    const { code, message, logged } = told(error);
    expect(code).toBe('server');
    expect(message).not.toContain('secret');
    expect(logged).toEqual([error]);
  }
});
